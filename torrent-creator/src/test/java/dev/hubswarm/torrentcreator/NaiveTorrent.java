package dev.hubswarm.torrentcreator;

import dev.hubswarm.protocol.metainfo.Digests;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The definitions of BEP 3 and BEP 52 written down once more, slowly and from whole arrays, to compare with. */
final class NaiveTorrent {
    private static final int BLOCK = 16384;

    private NaiveTorrent() {}

    static byte[] v1Pieces(byte[] space, int pieceLength) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int from = 0; from < space.length; from += pieceLength) {
            byte[] piece = Arrays.copyOfRange(space, from, Math.min(space.length, from + pieceLength));
            out.writeBytes(Digests.sha1().digest(piece));
        }
        return out.toByteArray();
    }

    static byte[] root(byte[] file) {
        List<byte[]> layer = leaves(file, 0, file.length);
        int width = 1;
        while (width < layer.size()) width *= 2;
        return fold(layer, width);
    }

    static byte[] pieceLayer(byte[] file, int pieceLength) {
        if (file.length <= pieceLength) return file.length == 0 ? new byte[0] : root(file);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int from = 0; from < file.length; from += pieceLength) {
            int to = Math.min(file.length, from + pieceLength);
            out.writeBytes(fold(leaves(file, from, to), pieceLength / BLOCK));
        }
        return out.toByteArray();
    }

    private static List<byte[]> leaves(byte[] file, int from, int to) {
        List<byte[]> leaves = new ArrayList<>();
        for (int at = from; at < to; at += BLOCK) {
            leaves.add(Digests.sha256().digest(Arrays.copyOfRange(file, at, Math.min(to, at + BLOCK))));
        }
        return leaves;
    }

    private static byte[] fold(List<byte[]> leaves, int width) {
        List<byte[]> layer = new ArrayList<>(leaves);
        while (layer.size() < width) layer.add(new byte[32]);
        while (layer.size() > 1) {
            List<byte[]> above = new ArrayList<>();
            for (int i = 0; i < layer.size(); i += 2) {
                byte[] both = Arrays.copyOf(layer.get(i), 64);
                System.arraycopy(layer.get(i + 1), 0, both, 32, 32);
                above.add(Digests.sha256().digest(both));
            }
            layer = above;
        }
        return layer.get(0);
    }
}
