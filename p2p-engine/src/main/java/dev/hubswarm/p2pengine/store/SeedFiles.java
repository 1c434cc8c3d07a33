package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.storage.FileErrors;
import dev.hubswarm.storage.FileStamp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Files of somebody else, from which a torrent is served and into which nothing is ever written. Thread-safe.
 *
 * <p>After each read it is made sure that the file was not changed since the beginning, so that bytes of an edit in
 * place are not sent.
 */
public final class SeedFiles implements PieceFiles {
    private record Source(Path path, FileStamp stamp) {}

    private final PieceSpace space;
    private final OpenFiles open;
    /** By file of the space; padding has none. */
    private final List<@Nullable Source> sources = new ArrayList<>();

    private final boolean trusted;

    private SeedFiles(Metainfo torrent, Path where, List<FileStamp> known, OpenFiles open) throws UserError {
        this.space = PieceSpace.of(torrent);
        this.open = open;
        for (FileEntry file : space.files()) {
            Path path = TorrentFiles.path(torrent, where, file);
            sources.add(file.padding() ? null : new Source(path, stamp(path)));
        }
        this.trusted = stamps().equals(known);
    }

    /**
     * @param where the file of a single-file torrent, by whatever name; the folder of another
     * @param known the {@link #stamps} of the time when every piece was right; if they are others now, all are read
     */
    public static SeedFiles open(Metainfo torrent, Path where, List<FileStamp> known, OpenFiles open) throws UserError {
        return new SeedFiles(torrent, where.toAbsolutePath(), known, open);
    }

    private static FileStamp stamp(Path path) throws UserError {
        try {
            return FileStamp.of(path);
        } catch (IOException e) {
            throw FileErrors.reading(path, e);
        }
    }

    /** What the files are known by, to be kept until they are shared again. */
    public List<FileStamp> stamps() {
        return sources.stream().filter(Objects::nonNull).map(Source::stamp).toList();
    }

    @Override
    public BitSet held() {
        BitSet held = new BitSet();
        held.set(0, space.geometry().pieceCount());
        return held;
    }

    @Override
    public boolean isTrusted() {
        return trusted;
    }

    @Override
    public void write(ByteBuffer bytes, long at) throws UserError {
        throw new UserError(
                Kind.DAMAGED,
                "The files that are shared are not what their torrent says.",
                "Make a new torrent of them.");
    }

    @Override
    public void read(ByteBuffer into, long at) throws UserError {
        space.cut(at, into, (file, fileOffset, stretch) -> {
            Source source = sources.get(file);
            if (source == null) {
                PieceSpace.clear(stretch);
                return;
            }
            try {
                open.readAll(source.path, fileOffset, stretch);
            } catch (UserError e) {
                // One that was cut short has no such bytes.
                checkUnchanged(source);
                throw e;
            }
            checkUnchanged(source);
        });
    }

    private static void checkUnchanged(Source source) throws UserError {
        if (stamp(source.path).equals(source.stamp)) return;
        throw new UserError(
                Kind.DAMAGED, source.path + " was changed while it was shared.", "Make a new torrent of it.");
    }

    @Override
    public void claim(int piece, boolean fromHub) {}

    @Override
    public boolean isFromHub(int piece) {
        return false;
    }

    @Override
    public void forget(int piece) {}
}
