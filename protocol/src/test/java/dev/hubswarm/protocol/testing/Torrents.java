package dev.hubswarm.protocol.testing;

import static dev.hubswarm.protocol.testing.Bencoding.dict;
import static dev.hubswarm.protocol.testing.Bencoding.list;

import dev.hubswarm.testkit.SeededBytes;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;

/** Valid torrents as trees, for tests to read or to break. Files of more than one name are given as "folder/name". Stateless. */
public final class Torrents {
    public static final int PIECE = NaiveMerkle.BLOCK;

    /** @param path with slashes */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    public record Content(String path, byte[] bytes) {
        public Content(String path, int length) {
            this(path, SeededBytes.of(path.hashCode(), length));
        }

        List<String> names() {
            return Arrays.asList(path.split("/", -1));
        }
    }

    private Torrents() {}

    public static Content file(String path, int length) {
        return new Content(path, length);
    }

    /** One file of that name. */
    public static Dict v1Single(String name, int length, int pieceLength) {
        Content file = file(name, length);
        return dict("info", v1Info(name, pieceLength, file.bytes).put("length", length));
    }

    /** A folder of files, without padding. */
    public static Dict v1(String name, int pieceLength, Content... files) {
        ByteArrayOutputStream space = new ByteArrayOutputStream();
        List<Object> entries = list();
        for (Content file : files) {
            entries.add(v1File(file));
            space.writeBytes(file.bytes);
        }
        return dict("info", v1Info(name, pieceLength, space.toByteArray()).put("files", entries));
    }

    public static Dict v2(String name, int pieceLength, Content... files) {
        Dict tree = dict();
        Dict layers = dict();
        for (Content file : files) {
            Dict folder = tree;
            for (String part : file.names()) {
                if (folder.find(part) == null) folder.put(part, dict());
                folder = folder.dict(part);
            }
            folder.put("", v2File(file));
            if (file.bytes.length > pieceLength) {
                layers.put(NaiveMerkle.root(file.bytes), NaiveMerkle.layer(file.bytes, pieceLength));
            }
        }
        Dict info = dict("file tree", tree, "meta version", 2, "name", name, "piece length", pieceLength);
        return dict("info", info, "piece layers", layers);
    }

    /** A hybrid of a folder; the files must be sorted. */
    public static Dict hybrid(String name, int pieceLength, Content... files) {
        ByteArrayOutputStream space = new ByteArrayOutputStream();
        List<Object> entries = list();
        for (Content file : files) {
            int gap = (pieceLength - space.size() % pieceLength) % pieceLength;
            if (gap > 0 && file.bytes.length > 0) {
                entries.add(padding(gap));
                space.writeBytes(new byte[gap]);
            }
            entries.add(v1File(file));
            space.writeBytes(file.bytes);
        }
        Dict torrent = v2(name, pieceLength, files);
        torrent.dict("info").put("files", entries).put("pieces", pieces(space.toByteArray(), pieceLength));
        return torrent;
    }

    public static Dict hybridSingle(String name, int length, int pieceLength) {
        return hybridSingle(name, file(name, length).bytes, pieceLength);
    }

    public static Dict hybridSingle(String name, byte[] content, int pieceLength) {
        Dict torrent = v2(name, pieceLength, new Content(name, content));
        torrent.dict("info").put("length", content.length).put("pieces", pieces(content, pieceLength));
        return torrent;
    }

    public static Dict v1File(Content file) {
        return dict("length", file.bytes.length, "path", list(file.names().toArray()));
    }

    public static Dict padding(int length) {
        return dict("attr", "p", "length", length, "path", list(".pad", Integer.toString(length)));
    }

    private static Dict v2File(Content file) {
        Dict fields = dict("length", file.bytes.length);
        return file.bytes.length == 0 ? fields : fields.put("pieces root", NaiveMerkle.root(file.bytes));
    }

    private static Dict v1Info(String name, int pieceLength, byte[] space) {
        return dict("name", name, "piece length", pieceLength, "pieces", pieces(space, pieceLength));
    }

    public static byte[] pieces(byte[] space, int pieceLength) {
        ByteArrayOutputStream pieces = new ByteArrayOutputStream();
        for (int at = 0; at < space.length; at += pieceLength) {
            pieces.writeBytes(
                    NaiveMerkle.sha1(Arrays.copyOfRange(space, at, Math.min(space.length, at + pieceLength))));
        }
        return pieces.toByteArray();
    }
}
