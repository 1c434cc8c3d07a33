package dev.hubswarm.torrentcreator;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.protocol.metainfo.Hash;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The hashes of a piece space. Immutable, but for the arrays and sets, which nobody may change.
 *
 * @param v1Pieces SHA-1 per piece; empty if not asked for
 * @param files in the order they were given, padding left out
 * @param missing pieces that could not be read whole, whose hashes mean nothing
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; a copy of millions of hashes would buy nothing.
record HashedContent(byte[] v1Pieces, List<HashedFile> files, BitSet missing) {
    /**
     * @param root of the file's hash tree; null if not asked for, or if the file is empty
     * @param layer the tree's nodes that each cover a piece; the root alone for a file of at most one piece
     */
    @SuppressWarnings("ArrayRecordComponent") // As above.
    record HashedFile(@Nullable Hash root, byte[] layer, Map<ContentDigest.Kind, Hash> digests) {}
}
