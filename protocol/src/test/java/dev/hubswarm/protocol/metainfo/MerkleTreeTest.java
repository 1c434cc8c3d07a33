package dev.hubswarm.protocol.metainfo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.testing.NaiveMerkle;
import dev.hubswarm.testkit.SeededBytes;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MerkleTreeTest {
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;
    private static final int NODE = MerkleTree.NODE;

    @Test
    void pieceLevelsFollowThePieceLength() {
        assertEquals(0, MerkleTree.pieceLevel(16 * 1024));
        assertEquals(1, MerkleTree.pieceLevel(32 * 1024));
        assertEquals(12, MerkleTree.pieceLevel(64 << 20));
        assertEquals(16, MerkleTree.pieceLevel(1 << 30));
    }

    @Test
    void paddingIsTheRootOfLeavesOfZeros() {
        byte[] node = new byte[NODE];
        for (int level = 0; level < 50; level++) {
            assertArrayEquals(node, MerkleTree.padding(level).bytes());
            node = NaiveMerkle.sha256(node, node);
        }
    }

    @Test
    void rootsAreThoseOfTheNaiveTree() {
        for (int leaves = 1; leaves <= 70; leaves++) {
            byte[] layer = SeededBytes.of(leaves, leaves * NODE);
            assertArrayEquals(naiveRoot(layer), MerkleTree.root(layer, 0).bytes());
        }
    }

    @Test
    void rootsOfPieceLayersAreThoseOfTheirFiles() {
        for (int length : new int[] {1, BLOCK, BLOCK + 1, 4 * BLOCK, 5 * BLOCK, 23 * BLOCK - 1}) {
            byte[] content = SeededBytes.of(length, length);
            for (int pieceLength = BLOCK; pieceLength <= 8 * BLOCK; pieceLength *= 2) {
                if (length <= pieceLength) continue;
                byte[] layer = NaiveMerkle.layer(content, pieceLength);
                Hash root = MerkleTree.root(layer, MerkleTree.pieceLevel(pieceLength));
                assertArrayEquals(NaiveMerkle.root(content), root.bytes());
                assertArrayEquals(NaiveMerkle.rootOfLayer(layer, pieceLength), root.bytes());
            }
        }
    }

    @Test
    void aLayerIsSomeWholeNodes() {
        assertThrows(IllegalArgumentException.class, () -> MerkleTree.root(new byte[0], 0));
        assertThrows(IllegalArgumentException.class, () -> MerkleTree.root(new byte[33], 0));
    }

    @Test
    void reducingReachesTheLevelThatIsAskedFor() {
        byte[] nodes = SeededBytes.of(1, 3 * NODE);
        byte[] expected =
                NaiveMerkle.sha256(naiveRoot(nodes), MerkleTree.padding(2).bytes());
        assertEquals(3, MerkleTree.reduce(Digests.sha256(), nodes, 3, 0, 3));
        assertArrayEquals(expected, Arrays.copyOf(nodes, NODE));
        byte[] single = SeededBytes.of(2, NODE);
        assertEquals(5, MerkleTree.reduce(Digests.sha256(), single, 1, 5, 5));
        assertArrayEquals(SeededBytes.of(2, NODE), single);
    }

    @Test
    void everyLeafOfEveryTreeUpTo70LeavesIsProven() {
        for (int leaves = 1; leaves <= 70; leaves++) {
            byte[] layer = SeededBytes.of(leaves, leaves * NODE);
            Hash root = Hash.of(naiveRoot(layer));
            for (int leaf = 0; leaf < leaves; leaf++) {
                MerkleProof proof = MerkleTree.prove(layer, 0, leaf, 1);
                assertTrue(proof.leadsTo(root), leaf + " of " + leaves);
                assertEquals(Hash.of(layer, leaf * NODE, NODE), proof.node(0));
                assertArrayEquals(naiveUncles(layer, leaf), proof.uncles(), leaf + " of " + leaves);
                assertArrayEquals(naiveRoot(layer), naiveFold(proof), leaf + " of " + leaves);
            }
        }
    }

    @Test
    void everyAlignedRunIsProven() {
        for (int leaves = 1; leaves <= 33; leaves++) {
            byte[] layer = SeededBytes.of(leaves, leaves * NODE);
            Hash root = Hash.of(naiveRoot(layer));
            for (int length = 1; length / 2 < leaves; length *= 2) {
                for (int from = 0; from < leaves; from += length) {
                    MerkleProof proof = MerkleTree.prove(layer, 0, from, length);
                    assertTrue(proof.leadsTo(root), from + "+" + length + " of " + leaves);
                    assertEquals(length, proof.nodeCount());
                    for (int i = 0; i < length; i++) {
                        Hash expected =
                                from + i < leaves ? Hash.of(layer, (from + i) * NODE, NODE) : MerkleTree.padding(0);
                        assertEquals(expected, proof.node(i));
                    }
                }
            }
        }
    }

    @Test
    void runsThatAreNotAlignedOrNotThereAreNoQuestion() {
        byte[] layer = new byte[5 * NODE];
        int[][] wrong = {{0, 3}, {1, 2}, {0, 0}, {0, -1}, {-1, 1}, {5, 1}, {8, 8}, {0, 16}, {6, 2}};
        for (int[] run : wrong) {
            assertThrows(IllegalArgumentException.class, () -> MerkleTree.prove(layer, 0, run[0], run[1]));
        }
        assertEquals(8, MerkleTree.prove(layer, 0, 0, 8).nodeCount());
    }

    @Test
    void eachFlippedBitBreaksAProof() {
        byte[] layer = SeededBytes.of(13, 13 * NODE);
        Hash root = Hash.of(naiveRoot(layer));
        for (int leaf : new int[] {0, 5, 12}) {
            MerkleProof proof = MerkleTree.prove(layer, 0, leaf, 1);
            byte[] nodes = proof.nodes();
            byte[] uncles = proof.uncles();
            for (int bit = 0; bit < 8 * nodes.length; bit++) {
                assertFalse(new MerkleProof(0, leaf, flipped(nodes, bit), uncles).leadsTo(root));
            }
            for (int bit = 0; bit < 8 * uncles.length; bit++) {
                assertFalse(new MerkleProof(0, leaf, nodes, flipped(uncles, bit)).leadsTo(root));
            }
            for (int bit = 0; bit < 8 * NODE; bit++) {
                assertFalse(proof.leadsTo(Hash.of(flipped(root.bytes(), bit))));
            }
        }
    }

    @Test
    void aProofHoldsForItsPlaceOnly() {
        byte[] layer = SeededBytes.of(16, 16 * NODE);
        Hash root = Hash.of(naiveRoot(layer));
        MerkleProof proof = MerkleTree.prove(layer, 0, 5, 1);
        for (int index = 0; index < 64; index++) {
            assertEquals(index == 5, new MerkleProof(0, index, proof.nodes(), proof.uncles()).leadsTo(root));
        }
        byte[] fewer = Arrays.copyOf(proof.uncles(), 3 * NODE);
        byte[] more = Arrays.copyOf(proof.uncles(), 5 * NODE);
        assertFalse(new MerkleProof(0, 5, proof.nodes(), fewer).leadsTo(root));
        assertFalse(new MerkleProof(0, 5, proof.nodes(), more).leadsTo(root));
    }

    /** The last block alone can be as short as two hashes, and so be taken for a node above other blocks. */
    @Test
    void aNodeFromHigherUpDoesNotPassForTheLastLeaf() {
        for (int leaves = 2; leaves <= 70; leaves++) {
            byte[] layer = SeededBytes.of(leaves, leaves * NODE);
            Hash root = Hash.of(naiveRoot(layer));
            List<List<byte[]>> levels = NaiveMerkle.levels(nodes(layer));
            for (int level = 1; level < levels.size(); level++) {
                for (int index = 0; index < levels.get(level).size(); index++) {
                    byte[] uncles = uncles(levels, level, index);
                    assertTrue(new MerkleProof(level, index, levels.get(level).get(index), uncles).leadsTo(root));
                    MerkleProof lie =
                            new MerkleProof(0, leaves - 1, levels.get(level).get(index), uncles);
                    assertFalse(lie.leadsTo(root), level + "/" + index + " of " + leaves);
                }
            }
        }
    }

    @Test
    void aProofIsMadeOfWholeNodes() {
        byte[] node = new byte[NODE];
        assertThrows(IllegalArgumentException.class, () -> new MerkleProof(0, 0, new byte[0], node));
        assertThrows(IllegalArgumentException.class, () -> new MerkleProof(0, 0, new byte[33], node));
        assertThrows(IllegalArgumentException.class, () -> new MerkleProof(0, 0, new byte[3 * NODE], node));
        assertThrows(IllegalArgumentException.class, () -> new MerkleProof(0, 1, new byte[2 * NODE], node));
        assertThrows(IllegalArgumentException.class, () -> new MerkleProof(0, -1, node, node));
        assertThrows(IllegalArgumentException.class, () -> new MerkleProof(-1, 0, node, node));
        assertThrows(IllegalArgumentException.class, () -> new MerkleProof(0, 0, node, new byte[31]));
        MerkleProof proof = new MerkleProof(3, 2, node, new byte[0]);
        assertEquals(3, proof.level());
        assertEquals(2, proof.index());
    }

    @Test
    void aBlockIsVerifiedUpToTheRootOfItsFile() {
        byte[] content = SeededBytes.of(99, 21 * BLOCK + 77);
        byte[] leaves = NaiveMerkle.join(NaiveMerkle.leaves(content));
        Hash root = Hash.of(NaiveMerkle.root(content));
        for (int block = 0; block < 22; block++) {
            byte[] data = Arrays.copyOfRange(content, block * BLOCK, Math.min(content.length, (block + 1) * BLOCK));
            byte[] uncles = MerkleTree.prove(leaves, 0, block, 1).uncles();
            assertTrue(new MerkleProof(0, block, NaiveMerkle.sha256(data), uncles).leadsTo(root));
            data[data.length / 2] ^= 1;
            assertFalse(new MerkleProof(0, block, NaiveMerkle.sha256(data), uncles).leadsTo(root));
        }
    }

    @Test
    void aBlockIsVerifiedUpToThePieceLayer() {
        int pieceLength = 4 * BLOCK;
        byte[] content = SeededBytes.of(98, 21 * BLOCK + 77);
        byte[] leaves = NaiveMerkle.join(NaiveMerkle.leaves(content));
        byte[] layer = NaiveMerkle.layer(content, pieceLength);
        for (int piece = 0; piece < layer.length / NODE; piece++) {
            Hash pieceHash = Hash.of(layer, piece * NODE, NODE);
            int first = 4 * piece;
            byte[] ofPiece = new byte[4 * NODE];
            int present = Math.min(4, leaves.length / NODE - first);
            System.arraycopy(leaves, first * NODE, ofPiece, 0, present * NODE);
            for (int block = 0; block < present; block++) {
                int at = (first + block) * BLOCK;
                byte[] data = Arrays.copyOfRange(content, at, Math.min(content.length, at + BLOCK));
                byte[] uncles = MerkleTree.prove(ofPiece, 0, block, 1).uncles();
                assertTrue(new MerkleProof(0, block, NaiveMerkle.sha256(data), uncles).leadsTo(pieceHash));
                data[0] ^= 1;
                assertFalse(new MerkleProof(0, block, NaiveMerkle.sha256(data), uncles).leadsTo(pieceHash));
            }
            // And the piece, in turn, up to the root.
            assertTrue(MerkleTree.prove(layer, 2, piece, 1).leadsTo(Hash.of(NaiveMerkle.root(content))));
        }
    }

    private static byte[] flipped(byte[] bytes, int bit) {
        byte[] changed = bytes.clone();
        changed[bit / 8] ^= (byte) (1 << bit % 8);
        return changed;
    }

    private static List<byte[]> nodes(byte[] layer) {
        byte[][] nodes = new byte[layer.length / NODE][];
        for (int i = 0; i < nodes.length; i++) nodes[i] = Arrays.copyOfRange(layer, i * NODE, (i + 1) * NODE);
        return List.of(nodes);
    }

    private static byte[] naiveRoot(byte[] layer) {
        List<List<byte[]>> levels = NaiveMerkle.levels(nodes(layer));
        return levels.get(levels.size() - 1).get(0);
    }

    private static byte[] naiveUncles(byte[] layer, int leaf) {
        return uncles(NaiveMerkle.levels(nodes(layer)), 0, leaf);
    }

    private static byte[] uncles(List<List<byte[]>> levels, int level, int index) {
        byte[][] uncles = new byte[levels.size() - 1 - level][];
        for (int i = 0; i < uncles.length; i++)
            uncles[i] = levels.get(level + i).get((index >> i) ^ 1);
        return NaiveMerkle.join(List.of(uncles));
    }

    private static byte[] naiveFold(MerkleProof proof) {
        byte[] node = proof.nodes();
        byte[] uncles = proof.uncles();
        for (int i = 0; i * NODE < uncles.length; i++) {
            byte[] uncle = Arrays.copyOfRange(uncles, i * NODE, (i + 1) * NODE);
            boolean right = (proof.index() >> i) % 2 == 1;
            node = right ? NaiveMerkle.sha256(uncle, node) : NaiveMerkle.sha256(node, uncle);
        }
        return node;
    }
}
