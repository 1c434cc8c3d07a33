package dev.hubswarm.agent.accelerator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.SeededBytes;
import dev.hubswarm.torrentcreator.TorrentCreator;
import dev.hubswarm.torrentcreator.TorrentKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Recipes for torrents that claim to hold a file and do not (reliability.md S5). Confined to one thread. */
final class WrongTorrents {
    /** What is wrong with it. */
    enum Flaw {
        /** Its content: who believes it gets something else. */
        CONTENT,
        /** Its form: it must not be joined at all. */
        FORM,
        /** What nobody who has v2 looks at. */
        V1_HALF
    }

    /**
     * One of them.
     *
     * @param isSnapshot found by commit, and not by digest
     * @param served what its peers send; null if nobody has it
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Wrong(
            String name,
            Flaw flaw,
            boolean isSnapshot,
            byte[] bytes,
            @Nullable Path served) {
        Metainfo read() throws Exception {
            return Metainfo.read(bytes);
        }
    }

    /** What a torrent may be made of. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Right(String path, String commit, Hash digest, byte[] bytes) {}

    private interface Recipe {
        Wrong make(Right file) throws Exception;
    }

    private static final int PIECE = 256 << 10;

    private final Path folder;
    private final Map<String, Recipe> recipes = new LinkedHashMap<>();
    private int files;

    WrongTorrents(Path folder) {
        this.folder = folder;
        contents().forEach((content, change) -> {
            recipes.put("canonical, " + content, file -> canonical(file, change));
            for (TorrentVersion version : TorrentVersion.values())
                recipes.put("snapshot " + version + ", " + content, file -> snapshot(file, version, change));
        });
        recipes.put("hybrid whose v2 half is wrong", file -> halves(file, file.bytes, changed(file), Flaw.CONTENT));
        recipes.put("hybrid whose v1 half is wrong", file -> halves(file, changed(file), file.bytes, Flaw.V1_HALF));
        forms().forEach((form, change) -> recipes.put(form, file -> misshapen(file, change)));
    }

    List<String> names() {
        return List.copyOf(recipes.keySet());
    }

    Wrong make(String name, Right of) throws Exception {
        Wrong made = Objects.requireNonNull(recipes.get(name)).make(of);
        return new Wrong(name, made.flaw, made.isSnapshot, made.bytes, made.served);
    }

    /** Other bytes of the same length. */
    private static Map<String, UnaryOperator<byte[]>> contents() {
        Map<String, UnaryOperator<byte[]>> changes = new LinkedHashMap<>();
        changes.put("another file of its length", bytes -> SeededBytes.of(bytes[0], bytes.length));
        changes.put("a bit of its first byte", bytes -> flipped(bytes, 0));
        changes.put("a bit in its middle", bytes -> flipped(bytes, bytes.length / 2));
        changes.put("a bit of its last byte", bytes -> flipped(bytes, bytes.length - 1));
        changes.put("two pieces swapped", bytes -> {
            byte[] other = bytes.clone();
            System.arraycopy(bytes, PIECE, other, 2 * PIECE, PIECE);
            System.arraycopy(bytes, 2 * PIECE, other, PIECE, PIECE);
            return other;
        });
        changes.put("cut off, and zeros", bytes -> {
            byte[] other = new byte[bytes.length];
            System.arraycopy(bytes, 0, other, 0, bytes.length - PIECE - 1);
            return other;
        });
        changes.put("nothing but zeros", bytes -> new byte[bytes.length]);
        changes.put("a byte too far", bytes -> {
            byte[] other = bytes.clone();
            System.arraycopy(bytes, 0, other, 1, bytes.length - 1);
            return other;
        });
        changes.put("the first piece again and again", bytes -> {
            byte[] other = bytes.clone();
            for (int at = PIECE; at + PIECE <= bytes.length; at += PIECE) System.arraycopy(bytes, 0, other, at, PIECE);
            return other;
        });
        return changes;
    }

    private static byte[] flipped(byte[] bytes, int at) {
        byte[] other = bytes.clone();
        other[at] ^= 1;
        return other;
    }

    private static byte[] changed(Right file) {
        return SeededBytes.of(file.bytes[1], file.bytes.length);
    }

    /** What makes a right torrent one that must be refused. */
    private Map<String, UnaryOperator<byte[]>> forms() {
        Map<String, UnaryOperator<byte[]>> forms = new LinkedHashMap<>();
        forms.put("a longer file", torrent -> replaced(torrent, "6:lengthi(\\d+)(\\d)e", "6:lengthi$19e"));
        forms.put("a shorter file", torrent -> replaced(torrent, "6:lengthi\\d(\\d+)e", "6:lengthi1$1e"));
        forms.put("longer pieces", torrent -> replaced(torrent, "lengthi262144e", "lengthi524288e"));
        forms.put("shorter pieces", torrent -> replaced(torrent, "lengthi262144e", "lengthi131072e"));
        forms.put("another name", torrent -> replaced(torrent, "64:[0-9a-f]{60}", "64:" + "0".repeat(60)));
        forms.put("a private one", torrent -> replaced(torrent, "e12:piece layers", "7:privatei1ee12:piece layers"));
        forms.put("v2 alone", torrent -> replaced(torrent, "(?s)6:pieces\\d+:.*e12:piece l", "e12:piece l"));
        forms.put("no piece layers", torrent -> replaced(torrent, "(?s)12:piece layersd.*", "12:piece layersdee"));
        forms.put("layers of another file", torrent -> {
            byte[] other = torrent.clone();
            other[other.length - 10] ^= 1;
            return other;
        });
        forms.put("half a torrent", torrent -> Arrays.copyOf(torrent, torrent.length / 2));
        forms.put("no torrent", torrent -> "<html>4:info</html>".getBytes(ISO_8859_1));
        forms.put("the right one of another file", torrent -> {
            try {
                return torrent(write(SeededBytes.of(77, 5 * PIECE + 1)), "ignored", null)
                        .bytes();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        return forms;
    }

    private static byte[] replaced(byte[] torrent, String what, String by) {
        return new String(torrent, ISO_8859_1).replaceAll(what, by).getBytes(ISO_8859_1);
    }

    private Path write(byte[] bytes) throws Exception {
        return Files.write(folder.resolve("wrong-" + files++), bytes);
    }

    private static Metainfo torrent(Path source, String name, @Nullable TorrentVersion version) throws Exception {
        TorrentKind kind = version == null ? TorrentKind.FILE : TorrentKind.PLAIN;
        TorrentVersion of = version == null ? TorrentVersion.HYBRID : version;
        TorrentCreator.Request request = new TorrentCreator.Request(
                source,
                kind,
                of,
                version == null ? 0 : PIECE,
                version == null ? null : name,
                false,
                TorrentExtras.NONE,
                Set.of());
        try (HashPool pool = new HashPool(1)) {
            return new TorrentCreator(pool).create(request, (done, total) -> {}).torrent();
        }
    }

    private Wrong canonical(Right file, UnaryOperator<byte[]> change) throws Exception {
        byte[] other = change.apply(file.bytes);
        return halves(file, other, other, Flaw.CONTENT);
    }

    /** Of the right name, whatever it holds. Its peers send what the v2 half says. */
    private Wrong halves(Right file, byte[] v1, byte[] v2, Flaw flaw) throws Exception {
        Metainfo one = torrent(write(v1), "", null);
        Path served = write(v2);
        Metainfo two = torrent(served, "", null);
        FileEntry only = two.files().get(0);
        byte[] pieces = new byte[one.v1Pieces().remaining()];
        one.v1Pieces().get(pieces);
        Hash root = Objects.requireNonNull(only.piecesRoot());
        byte[] bytes =
                CanonicalTorrent.torrent(file.digest, v2.length, pieces, root, two.v2Pieces(only), TorrentExtras.NONE);
        return new Wrong("", flaw, false, bytes, served);
    }

    /** Of the whole repo, in which there is another file before it. */
    private Wrong snapshot(Right file, TorrentVersion version, UnaryOperator<byte[]> change) throws Exception {
        Path repo = Files.createDirectories(folder.resolve("repo-" + files++).resolve(file.commit));
        Files.write(repo.resolve("a"), SeededBytes.of(3, 1000));
        Files.write(repo.resolve(file.path), change.apply(file.bytes));
        return new Wrong(
                "", Flaw.CONTENT, true, torrent(repo, file.commit, version).bytes(), repo);
    }

    private Wrong misshapen(Right file, UnaryOperator<byte[]> change) throws Exception {
        Metainfo right = torrent(write(file.bytes), "", null);
        return new Wrong("", Flaw.FORM, false, change.apply(right.bytes()), null);
    }
}
