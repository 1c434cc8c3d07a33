package dev.hubswarm.torrentcreator;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.protocol.metainfo.PathRules;
import dev.hubswarm.protocol.metainfo.PieceLengthPolicy;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.protocol.metainfo.TorrentWriter;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.torrentcreator.HashedContent.HashedFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Makes torrents of files and folders, reading them once. Thread-safe; interrupting the calling thread cancels. */
public final class TorrentCreator {
    /**
     * What to make. Immutable.
     *
     * @param version for {@code PLAIN} only; the other kinds have one of their own
     * @param pieceLength 0 for the one that the size calls for; for {@code PLAIN} only
     * @param name null for that of the source
     * @param digests of the whole files, to be reported beside the torrent
     */
    public record Request(
            Path source,
            TorrentKind kind,
            TorrentVersion version,
            int pieceLength,
            @Nullable String name,
            boolean isPrivate,
            TorrentExtras extras,
            Set<ContentDigest.Kind> digests) {
        public Request {
            digests = Set.copyOf(digests);
        }

        public static Request of(Path source, TorrentKind kind) {
            return new Request(source, kind, TorrentVersion.HYBRID, 0, null, false, TorrentExtras.NONE, Set.of());
        }

        public Request plain(TorrentVersion version, int pieceLength) {
            return new Request(source, TorrentKind.PLAIN, version, pieceLength, name, isPrivate, extras, digests);
        }

        public Request with(Set<ContentDigest.Kind> digests) {
            return new Request(source, kind, version, pieceLength, name, isPrivate, extras, digests);
        }
    }

    /** @param digests by path in the torrent, in its order: those that were asked for and those the torrent needed */
    public record Created(Metainfo torrent, Map<List<String>, Map<ContentDigest.Kind, Hash>> digests) {
        public Created {
            digests = Collections.unmodifiableMap(new LinkedHashMap<>(digests));
        }
    }

    private final HashPool pool;

    public TorrentCreator(HashPool pool) {
        this.pool = pool;
    }

    public Created create(Request request, Progress progress) throws UserError, InterruptedException {
        String name = request.name != null ? request.name : SourceTree.nameOf(request.source);
        checkRequest(request, name);
        SourceTree tree = SourceTree.list(request.source, excluded(request.kind));
        if (request.kind == TorrentKind.FILE && tree.size() == 0) {
            throw new UserError(
                    Kind.FAILED,
                    request.source + " is empty, and empty files have no canonical torrent.",
                    "There is nothing to share in it.");
        }
        Layout layout = Layout.of(request, tree);
        HashedContent hashed = new ContentHasher(
                        layout.plan, layout.entries, layout.spaceSize, tree.content(layout.fileByEntry), pool, progress)
                .hash();
        try {
            return new Created(
                    Metainfo.readStrictly(write(request, tree, name, layout, hashed)), digests(tree, hashed));
        } catch (MetainfoException e) {
            throw new IllegalStateException("We made a torrent that we would not read", e);
        }
    }

    /** huggingface_hub keeps its own files below a snapshot that was fetched into a local folder. */
    private static Predicate<List<String>> excluded(TorrentKind kind) {
        return path -> kind == TorrentKind.SNAPSHOT && path.equals(List.of(".cache", "huggingface"));
    }

    private static void checkRequest(Request request, String name) throws UserError {
        try {
            // A canonical torrent does not use the name.
            if (request.kind != TorrentKind.FILE) PathRules.checkComponent(name);
        } catch (MetainfoException e) {
            throw new UserError(
                    Kind.USAGE,
                    "A torrent cannot have this name: " + e.getMessage() + ".",
                    "Give it another with --name.",
                    e);
        }
        boolean folder = Files.isDirectory(request.source);
        if (request.kind == TorrentKind.FILE && folder) {
            throw new UserError(
                    Kind.USAGE,
                    request.source + " is a folder, and a torrent of the kind \"file\" is of one file.",
                    "Name a file, or use --kind plain or --kind snapshot.");
        }
        if (request.kind == TorrentKind.SNAPSHOT && !(folder && name.matches("[0-9a-f]{40}"))) {
            throw new UserError(
                    Kind.USAGE,
                    "A snapshot is a folder whose name is the commit, 40 hex digits; this is " + request.source + ".",
                    "Name such a folder, or give the commit with --name.");
        }
    }

    /** Where every file stands in the piece space, and what to compute of it. */
    private record Layout(
            TorrentVersion version,
            ContentHasher.Plan plan,
            List<FileEntry> entries,
            List<Integer> fileByEntry,
            long spaceSize) {
        static Layout of(Request request, SourceTree tree) throws UserError {
            boolean plain = request.kind == TorrentKind.PLAIN;
            TorrentVersion version = plain
                    ? request.version
                    : request.kind == TorrentKind.FILE ? TorrentVersion.HYBRID : TorrentVersion.V2;
            int pieceLength =
                    plain && request.pieceLength > 0 ? request.pieceLength : PieceLengthPolicy.forSize(tree.size());
            if (!PieceLengthPolicy.isLegal(pieceLength)) {
                throw new UserError(
                        Kind.USAGE,
                        "A piece length of " + pieceLength + " is not legal.",
                        "Use a power of two from 16KiB to 128MiB.");
            }
            boolean padded = version == TorrentVersion.HYBRID && tree.files().size() > 1;

            List<FileEntry> entries = new ArrayList<>();
            List<Integer> fileByEntry = new ArrayList<>();
            long end = 0;
            for (int i = 0; i < tree.files().size(); i++) {
                SourceTree.SourceFile file = tree.files().get(i);
                long size = file.stamp().size();
                if (version.hasV2() && size > 0) end = align(end, pieceLength);
                entries.add(new FileEntry(file.path(), size, end, null, false));
                fileByEntry.add(i);
                end += size;
                // As libtorrent does, also behind the last file, so that both make the same info hash.
                long gap = align(end, pieceLength) - end;
                if (padded && size > 0 && gap > 0) {
                    entries.add(new FileEntry(Metainfo.paddingPath(gap), gap, end, null, true));
                    fileByEntry.add(-1);
                    end += gap;
                }
            }
            if ((end + pieceLength - 1) / pieceLength > Metainfo.MAX_PIECES) {
                throw new UserError(
                        Kind.USAGE,
                        "With a piece length of " + pieceLength + " this needs more than " + Metainfo.MAX_PIECES
                                + " pieces.",
                        "Use a longer one.");
            }
            Set<ContentDigest.Kind> digests = EnumSet.noneOf(ContentDigest.Kind.class);
            digests.addAll(request.digests);
            if (request.kind == TorrentKind.FILE) digests.add(ContentDigest.Kind.SHA256);
            return new Layout(
                    version,
                    new ContentHasher.Plan(pieceLength, version.hasV1(), version.hasV2(), digests),
                    List.copyOf(entries),
                    List.copyOf(fileByEntry),
                    end);
        }

        private static long align(long offset, long length) {
            return (offset + length - 1) / length * length;
        }
    }

    private static byte[] write(Request request, SourceTree tree, String name, Layout layout, HashedContent hashed) {
        if (request.kind == TorrentKind.FILE) {
            HashedFile file = hashed.files().get(0);
            return CanonicalTorrent.torrent(
                    Objects.requireNonNull(file.digests().get(ContentDigest.Kind.SHA256)),
                    tree.size(),
                    hashed.v1Pieces(),
                    Objects.requireNonNull(file.root()),
                    file.layer(),
                    request.extras);
        }
        List<FileEntry> files = new ArrayList<>();
        Map<Hash, byte[]> layers = new HashMap<>();
        for (int i = 0; i < layout.entries.size(); i++) {
            FileEntry entry = layout.entries.get(i);
            if (entry.padding()) {
                files.add(entry);
                continue;
            }
            HashedFile file = hashed.files().get(layout.fileByEntry.get(i));
            List<String> path = tree.singleFile() ? List.of(name) : entry.path();
            files.add(new FileEntry(path, entry.length(), entry.offset(), file.root(), false));
            if (file.root() != null && entry.length() > layout.plan.pieceLength())
                layers.put(file.root(), file.layer());
        }
        byte[] info = TorrentWriter.info(new TorrentWriter.Info(
                layout.version,
                name,
                layout.plan.pieceLength(),
                tree.singleFile(),
                files,
                hashed.v1Pieces(),
                request.isPrivate));
        return TorrentWriter.torrent(info, layout.version.hasV2() ? layers : null, request.extras);
    }

    private static Map<List<String>, Map<ContentDigest.Kind, Hash>> digests(SourceTree tree, HashedContent hashed) {
        Map<List<String>, Map<ContentDigest.Kind, Hash>> digests = new LinkedHashMap<>();
        for (int i = 0; i < tree.files().size(); i++) {
            digests.put(tree.files().get(i).path(), hashed.files().get(i).digests());
        }
        return digests;
    }
}
