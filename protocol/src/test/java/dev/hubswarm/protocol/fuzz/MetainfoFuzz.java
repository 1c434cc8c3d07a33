package dev.hubswarm.protocol.fuzz;

import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.MagnetLink;
import dev.hubswarm.protocol.metainfo.MerkleTree;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** S34: a torrent that is accepted is consistent, and none costs more than its size allows. */
public final class MetainfoFuzz {
    private MetainfoFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        Metainfo lenient = read(data, false);
        Metainfo strict = read(data, true);
        if (strict != null && lenient == null) throw new AssertionError("strict accepts what lenient refuses");
        if (lenient != null) check(lenient);
    }

    private static @Nullable Metainfo read(byte[] data, boolean strictly) throws Exception {
        @Nullable Metainfo[] read = new Metainfo[1];
        Limits.check(data.length, () -> {
            try {
                read[0] = strictly ? Metainfo.readStrictly(data) : Metainfo.read(data);
            } catch (MetainfoException e) {
                // Refused.
            }
        });
        return read[0];
    }

    private static void check(Metainfo torrent) throws MetainfoException {
        byte[] info = new byte[torrent.info().remaining()];
        torrent.info().get(info);
        Hash v1 = torrent.infoHash().v1();
        Hash v2 = torrent.infoHash().v2();
        expect(v1 == null || v1.equals(Hash.of(Digests.sha1().digest(info))), "the v1 info hash is of the info");
        expect(v2 == null || v2.equals(Hash.of(Digests.sha256().digest(info))), "the v2 info hash is of the info");

        List<FileEntry> files = torrent.files();
        long end = 0;
        long payload = 0;
        int count = 0;
        for (FileEntry file : files) {
            expect(file.length() >= 0 && file.offset() >= end, "files follow each other");
            end = file.offset() + file.length();
            if (file.padding()) continue;
            payload += file.length();
            count++;
            expect(!file.path().isEmpty(), "a file has a path");
            if (torrent.version().hasV2() && file.length() > 0) checkTree(torrent, file);
        }
        expect(payload == torrent.payloadSize() && count == torrent.fileCount(), "the sums are right");
        expect(end == torrent.spaceSize(), "the space ends with the last file");
        long pieces = (end + torrent.pieceLength() - 1) / torrent.pieceLength();
        expect(pieces == torrent.pieceCount(), "the pieces cover the space");
        if (torrent.version().hasV1() && pieces > 0) torrent.v1Piece((int) pieces - 1);
        MagnetLink magnet = MagnetLink.of(torrent);
        expect(MagnetLink.parse(magnet.toString()).equals(magnet), "the magnet link leads back");
        if (torrent.version() == TorrentVersion.V2) expect(v1 == null, "v2 has no v1 hash");
    }

    private static void checkTree(Metainfo torrent, FileEntry file) {
        byte[] layer = torrent.v2Pieces(file);
        long pieces = (file.length() + torrent.pieceLength() - 1) / torrent.pieceLength();
        expect(layer.length == pieces * MerkleTree.NODE, "a hash for each piece");
        Hash root = MerkleTree.root(layer, MerkleTree.pieceLevel(torrent.pieceLength()));
        expect(Objects.equals(root, file.piecesRoot()), "the layer hashes up to the root");
        expect(file.offset() % torrent.pieceLength() == 0, "a file begins a piece");
    }

    private static void expect(boolean ok, String rule) {
        if (!ok) throw new AssertionError("broken: " + rule);
    }
}
