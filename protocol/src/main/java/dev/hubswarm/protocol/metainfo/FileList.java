package dev.hubswarm.protocol.metainfo;

import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeReader;
import dev.hubswarm.protocol.bencode.BencodeReader.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Walks the files of a bencoded v1 {@code files} list or v2 {@code file tree} without building anything, so that a
 * torrent of a million tiny files costs no memory until somebody asks for them. Stateless.
 */
final class FileList {
    static final int NO_ROOT = -1;

    /** Called for each file in order. The path is only valid during the call. */
    interface Visitor {
        /** @param rootAt where the 32 bytes of the pieces root stand in the torrent, or {@link #NO_ROOT} */
        void file(RawPath path, long length, int rootAt, boolean padding) throws MetainfoException;
    }

    /** A path as spans of the torrent's bytes. Reused from file to file. */
    static final class RawPath {
        private final byte[] in;
        private final int[] starts = new int[PathRules.MAX_DEPTH];
        private final int[] ends = new int[PathRules.MAX_DEPTH];
        private int depth;

        RawPath(byte[] in) {
            this.in = in;
        }

        void push(int start, int end) throws MetainfoException {
            PathRules.checkComponent(in, start, end);
            if (depth == PathRules.MAX_DEPTH) {
                throw new MetainfoException("a path is deeper than " + PathRules.MAX_DEPTH + " folders");
            }
            starts[depth] = start;
            ends[depth++] = end;
        }

        void pop() {
            depth--;
        }

        void clear() {
            depth = 0;
        }

        byte[] in() {
            return in;
        }

        int depth() {
            return depth;
        }

        int start(int i) {
            return starts[i];
        }

        int end(int i) {
            return ends[i];
        }

        List<String> strings() {
            List<String> path = new ArrayList<>(depth);
            for (int i = 0; i < depth; i++) {
                path.add(new String(in, starts[i], ends[i] - starts[i], StandardCharsets.UTF_8));
            }
            return path;
        }

        @Override
        public String toString() {
            return String.join("/", strings());
        }
    }

    private FileList() {}

    static void walkV1(BencodeReader reader, byte[] in, Visitor visitor) throws BencodeException, MetainfoException {
        RawPath path = new RawPath(in);
        reader.beginList();
        while (reader.hasNext()) {
            FileFields fields = new FileFields();
            path.clear();
            int pathAt = -1;
            reader.beginDict();
            while (reader.hasNext()) {
                reader.readKey();
                if (reader.keyIs("path")) {
                    pathAt = reader.position();
                    reader.skip();
                } else {
                    fields.read(reader);
                }
            }
            reader.endDict();
            if (pathAt < 0) throw new MetainfoException("a file has no path");
            boolean padding = fields.padding();
            // Padding is never stored, so its name, by custom .pad/<length>, is under no rule.
            if (!padding) readPath(new BencodeReader(in, pathAt, reader.position(), BencodeReader.Mode.LENIENT), path);
            visitor.file(path, fields.length(), NO_ROOT, padding);
        }
        reader.endList();
    }

    private static void readPath(BencodeReader reader, RawPath path) throws BencodeException, MetainfoException {
        reader.beginList();
        while (reader.hasNext()) {
            reader.skipString();
            path.push(reader.start(), reader.end());
        }
        if (path.depth() == 0) throw new MetainfoException("a file has an empty path");
    }

    /** A tree of {name: subtree}; a file is the dictionary whose only key is empty: {"": {length, pieces root}}. */
    static void walkV2(BencodeReader reader, byte[] in, Visitor visitor) throws BencodeException, MetainfoException {
        RawPath path = new RawPath(in);
        reader.beginDict();
        while (true) {
            if (!reader.hasNext()) {
                reader.endDict();
                if (path.depth() == 0) return;
                path.pop();
                continue;
            }
            reader.readKey();
            boolean isFile = reader.start() == reader.end();
            if (!isFile) {
                path.push(reader.start(), reader.end());
                reader.beginDict();
                if (!reader.hasNext()) throw new MetainfoException("the folder " + path + " is empty");
                continue;
            }
            if (path.depth() == 0) throw new MetainfoException("the file tree has a file without a name");
            FileFields fields = new FileFields();
            reader.beginDict();
            while (reader.hasNext()) {
                reader.readKey();
                fields.read(reader);
            }
            reader.endDict();
            if (fields.padding()) throw new MetainfoException("the file tree has padding in it");
            if (reader.hasNext()) throw new MetainfoException(path + " is both a file and a folder");
            visitor.file(path, fields.length(), fields.rootAt, false);
        }
    }

    /** The fields that v1 and v2 files share, and the rules that hold for both. */
    static final class FileFields {
        private long length = -1;
        private int rootAt = NO_ROOT;
        private boolean padding;

        /** Reads the value of the key that was just read, or passes over it. */
        void read(BencodeReader reader) throws BencodeException, MetainfoException {
            if (reader.keyIs("length")) {
                length = reader.readInteger();
            } else if (reader.keyIs("pieces root")) {
                reader.skipString();
                if (reader.end() - reader.start() != MerkleTree.NODE)
                    throw new MetainfoException("a pieces root has not 32 bytes");
                rootAt = reader.start();
            } else if (reader.keyIs("attr") && reader.peek() == Kind.STRING) {
                String attributes =
                        StandardCharsets.ISO_8859_1.decode(reader.readBytes()).toString();
                if (attributes.indexOf('l') >= 0) throw symlink();
                padding = attributes.indexOf('p') >= 0;
            } else if (reader.keyIs("symlink path")) {
                throw symlink();
            } else {
                reader.skip();
            }
        }

        long length() throws MetainfoException {
            if (length < 0) throw new MetainfoException("a file has no length or a negative one");
            if (length > Metainfo.MAX_SIZE)
                throw new MetainfoException("a file is longer than " + Metainfo.MAX_SIZE + " bytes");
            return length;
        }

        boolean padding() {
            return padding;
        }

        private static MetainfoException symlink() {
            return new MetainfoException("it contains a symbolic link, which could point anywhere");
        }
    }
}
