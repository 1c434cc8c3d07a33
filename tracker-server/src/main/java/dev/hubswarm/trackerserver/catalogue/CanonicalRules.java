package dev.hubswarm.trackerserver.catalogue;

import static dev.hubswarm.trackerserver.catalogue.ApiException.badRequest;

import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import dev.hubswarm.protocol.metainfo.PieceLengthPolicy;
import dev.hubswarm.protocol.metainfo.TorrentExtras;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import java.util.Objects;

/** What a torrent must be to stand for a digest (design.md §4). Stateless. */
final class CanonicalRules {
    private CanonicalRules() {}

    /** Reads a torrent that is published for this digest; its bytes are checked as far as they can be without the file. */
    static Metainfo check(Hash digest, byte[] body) throws ApiException {
        Metainfo torrent = parse(body);
        if (torrent.isPrivate()) throw badRequest("private", "The torrent is private (BEP 27).");
        if (torrent.version() != TorrentVersion.HYBRID)
            throw badRequest("not_hybrid", "The torrent is not a hybrid of v1 and v2 (BEP 52).");
        if (!torrent.isSingleFile()) throw badRequest("not_single_file", "The torrent has more than one file.");
        if (!torrent.name().equals(digest.hex()))
            throw badRequest("other_digest", "The torrent's name is not the digest that it is published for.");
        if (torrent.payloadSize() == 0) throw badRequest("empty_file", "An empty file has no torrent.");
        int pieceLength = PieceLengthPolicy.forSize(torrent.payloadSize());
        if (torrent.pieceLength() != pieceLength)
            throw badRequest("piece_length", "The piece length of a file of this size is " + pieceLength + ".");
        if (CanonicalTorrent.digestOf(torrent) == null)
            throw badRequest("not_canonical", "The torrent's info has other keys than a canonical torrent.");
        return torrent;
    }

    static Metainfo parse(byte[] body) throws ApiException {
        try {
            return Metainfo.read(body);
        } catch (MetainfoException e) {
            throw badRequest("bad_torrent", "This is not a valid torrent: " + e.getMessage() + ".");
        }
    }

    /** The torrent without anything that its info hash does not cover, such as trackers. */
    static byte[] bare(Hash digest, Metainfo torrent) {
        FileEntry file = torrent.files().get(0);
        byte[] v1Pieces = new byte[torrent.v1Pieces().remaining()];
        torrent.v1Pieces().get(v1Pieces);
        Hash root = Objects.requireNonNull(file.piecesRoot());
        return CanonicalTorrent.torrent(
                digest, file.length(), v1Pieces, root, torrent.v2Pieces(file), TorrentExtras.NONE);
    }
}
