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
        private int shared;

        RawPath(byte[] in) {
            this.in = in;
        }

        void push(int start, int end) throws MetainfoException {
            if (depth == PathRules.MAX_DEPTH) {
                throw new MetainfoException("a path is deeper than " + PathRules.MAX_DEPTH + " folders");
            }
            starts[depth] = start;
            ends[depth++] = end;
        }

        void pop() {
            depth--;
            shared = Math.min(shared, depth);
        }

        void clear() {
            depth = 0;
            shared = 0;
        }

        /** To be called after each file that was visited. */
        void visited() {
            shared = depth;
        }

        void check() throws MetainfoException {
            if (depth == 0) throw new MetainfoException("a file has no path");
            for (int i = 0; i < depth; i++) PathRules.checkComponent(in, starts[i], ends[i]);
        }

        byte[] in() {
            return in;
        }

        int depth() {
            return depth;
        }

        /**
         * How many names at the front are still those of the file before. Whoever looks at the others only takes time
         * in proportion to the torrent, where a long path to a folder of many files would cost its length for each.
         */
        int shared() {
            return shared;
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
        FileFields fields = new FileFields(in);
        reader.beginList();
        while (reader.hasNext()) {
            fields.clear();
            path.clear();
            reader.beginDict();
            while (reader.hasNext()) {
                reader.readKey();
                if (reader.keyIs("path")) readPath(reader, path);
                else fields.read(reader);
            }
            reader.endDict();
            // Padding is never stored, so its name, by custom .pad/<length>, is under no rule.
            if (!fields.padding()) path.check();
            visitor.file(path, fields.length(), NO_ROOT, fields.padding());
            path.visited();
        }
        reader.endList();
    }

    private static void readPath(BencodeReader reader, RawPath path) throws BencodeException, MetainfoException {
        if (path.depth() > 0) throw new MetainfoException("a file has two paths");
        reader.beginList();
        while (reader.hasNext()) {
            reader.skipString();
            path.push(reader.start(), reader.end());
        }
        reader.endList();
    }

    /** A tree of {name: subtree}; a file is the dictionary whose only key is empty: {"": {length, pieces root}}. */
    static void walkV2(BencodeReader reader, byte[] in, Visitor visitor) throws BencodeException, MetainfoException {
        RawPath path = new RawPath(in);
        FileFields fields = new FileFields(in);
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
                PathRules.checkComponent(in, reader.start(), reader.end());
                path.push(reader.start(), reader.end());
                reader.beginDict();
                if (!reader.hasNext()) throw new MetainfoException("the folder " + path + " is empty");
                continue;
            }
            if (path.depth() == 0) throw new MetainfoException("the file tree has a file without a name");
            fields.clear();
            reader.beginDict();
            while (reader.hasNext()) {
                reader.readKey();
                fields.read(reader);
            }
            reader.endDict();
            if (fields.padding()) throw new MetainfoException("the file tree has padding in it");
            if (reader.hasNext()) throw new MetainfoException(path + " is both a file and a folder");
            visitor.file(path, fields.length(), fields.length() == 0 ? NO_ROOT : fields.rootAt, false);
            path.visited();
        }
    }

    /** The fields that v1 and v2 files share, and the rules that hold for both. Reused from file to file. */
    static final class FileFields {
        private static final long NO_LENGTH = -1;

        private final byte[] in;
        private long length = NO_LENGTH;
        private int rootAt = NO_ROOT;
        private boolean padding;

        FileFields(byte[] in) {
            this.in = in;
        }

        void clear() {
            length = NO_LENGTH;
            rootAt = NO_ROOT;
            padding = false;
        }

        /** Reads the value of the key that was just read, or passes over it. */
        void read(BencodeReader reader) throws BencodeException, MetainfoException {
            if (reader.keyIs("length")) {
                if (length != NO_LENGTH) throw new MetainfoException("a file has two lengths");
                length = reader.readInteger();
                if (length < 0) throw new MetainfoException("a file has a negative length");
            } else if (reader.keyIs("pieces root")) {
                reader.skipString();
                if (reader.end() - reader.start() != MerkleTree.NODE)
                    throw new MetainfoException("a pieces root has not 32 bytes");
                rootAt = reader.start();
            } else if (reader.keyIs("attr") && reader.peek() == Kind.STRING) {
                reader.skipString();
                for (int i = reader.start(); i < reader.end(); i++) {
                    if (in[i] == 'l') throw symlink();
                    if (in[i] == 'p') padding = true;
                }
            } else if (reader.keyIs("symlink path")) {
                throw symlink();
            } else {
                reader.skip();
            }
        }

        long length() throws MetainfoException {
            if (length == NO_LENGTH) throw new MetainfoException("a file has no length");
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
