package dev.hubswarm.protocol.metainfo;

import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeReader;
import java.util.Arrays;

/** The piece layers of a torrent (BEP 52), found by their roots where they stand in its bytes. Immutable. */
final class PieceLayers {
    static final int NONE = -1;

    /** Per layer: where its root, its first node and the byte behind its last node stand. */
    private static final int FIELDS = 3;

    private final byte[] torrent;
    /** In the order of the roots, which is that of the keys. */
    private final int[] offsets;

    private final int count;

    private PieceLayers(byte[] torrent, int[] offsets, int count) {
        this.torrent = torrent;
        this.offsets = offsets;
        this.count = count;
    }

    static PieceLayers none(byte[] torrent) {
        return new PieceLayers(torrent, new int[0], 0);
    }

    /** @param reader a strict one, so that the keys are sorted */
    static PieceLayers read(byte[] torrent, BencodeReader reader) throws BencodeException, MetainfoException {
        int[] offsets = new int[8 * FIELDS];
        int filled = 0;
        reader.beginDict();
        while (reader.hasNext()) {
            reader.readKey();
            if (reader.end() - reader.start() != MerkleTree.NODE) {
                throw new MetainfoException("a key of its piece layers is no root");
            }
            if (filled == offsets.length) offsets = Arrays.copyOf(offsets, 2 * filled);
            offsets[filled++] = reader.start();
            reader.skipString();
            offsets[filled++] = reader.start();
            offsets[filled++] = reader.end();
        }
        reader.endDict();
        return new PieceLayers(torrent, offsets, filled / FIELDS);
    }

    int count() {
        return count;
    }

    /** The layer whose root stands in {@code in} at {@code rootAt}, or {@link #NONE}. */
    int find(byte[] in, int rootAt) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int at = offsets[middle * FIELDS];
            int order = Arrays.compareUnsigned(torrent, at, at + MerkleTree.NODE, in, rootAt, rootAt + MerkleTree.NODE);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return NONE;
    }

    int length(int layer) {
        return offsets[layer * FIELDS + 2] - offsets[layer * FIELDS + 1];
    }

    void copyTo(int layer, byte[] target) {
        System.arraycopy(torrent, offsets[layer * FIELDS + 1], target, 0, length(layer));
    }

    int longest() {
        int longest = 0;
        for (int i = 0; i < count; i++) longest = Math.max(longest, length(i));
        return longest;
    }
}
