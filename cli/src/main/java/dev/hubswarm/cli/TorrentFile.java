package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.storage.FileErrors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads a .torrent file that the user named. Stateless. */
final class TorrentFile {
    private TorrentFile() {}

    static Metainfo read(Path file) throws UserError {
        try (InputStream in = Files.newInputStream(file)) {
            return read(in, file.toString());
        } catch (IOException e) {
            throw Files.isDirectory(file)
                    ? notATorrent(file.toString(), "it is a folder", e)
                    : FileErrors.reading(file, e);
        }
    }

    /** @param name what to call it where it is none */
    static Metainfo read(InputStream in, String name) throws IOException, UserError {
        // One byte more than allowed tells a large file from a largest one without reading all of it.
        byte[] bytes = in.readNBytes(Metainfo.MAX_TORRENT_BYTES + 1);
        if (bytes.length == 0) throw notATorrent(name, "it is empty", null);
        try {
            return Metainfo.read(bytes);
        } catch (MetainfoException e) {
            throw notATorrent(name, String.valueOf(e.getMessage()), e);
        }
    }

    private static UserError notATorrent(String file, String why, @Nullable Exception cause) {
        return new UserError(
                Kind.FAILED,
                file + " is not a torrent we can use: " + why + ".",
                "Fetch it again, or check that this is the right file.",
                cause);
    }
}
