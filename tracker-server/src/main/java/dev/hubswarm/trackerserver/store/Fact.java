package dev.hubswarm.trackerserver.store;

import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * What a publication adds to a catalogue. Facts are never taken back and their order does not matter, so two tracker
 * processes know the same once each has the other's; but of a digest with more torrents than places each may keep
 * other ones of the least attested. Equal facts have equal bytes. Immutable.
 */
sealed interface Fact {
    /** A publisher vouches for a torrent, a hybrid, whose bytes travel apart. */
    record Attestation(Hash digest, long size, InfoHash infoHash, int pieceLength, Publisher publisher)
            implements Fact {
        Hash v2() {
            return Objects.requireNonNull(infoHash.v2());
        }
    }

    /** Somebody says that a file is at a place. */
    record Placement(RepoFile file) implements Fact {}

    default byte[] bytes() {
        Bytes out = new Bytes();
        if (this instanceof Attestation attestation) {
            out.put('A').put(attestation.digest).put(attestation.size);
            out.put(Objects.requireNonNull(attestation.infoHash.v1())).put(attestation.v2());
            out.put(attestation.pieceLength).put(attestation.publisher.byToken());
            out.put(attestation.publisher.name());
        } else if (this instanceof Placement placement) {
            RepoRef repo = placement.file.place().repo();
            out.put('P').put(repo.type().name()).put(repo.id());
            out.put(placement.file.cursor()).put(placement.file.size());
        }
        return out.toArray();
    }

    /** @throws RuntimeException if the bytes are none of ours */
    static Fact of(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return switch (in.get()) {
            case 'A' -> {
                Hash digest = Bytes.hash(in, Hash.SHA256_LENGTH);
                long size = in.getLong();
                InfoHash infoHash = new InfoHash(Bytes.hash(in, Hash.SHA1_LENGTH), Bytes.hash(in, Hash.SHA256_LENGTH));
                int pieceLength = in.getInt();
                boolean byToken = in.get() != 0;
                yield new Attestation(digest, size, infoHash, pieceLength, new Publisher(Bytes.text(in), byToken));
            }
            case 'P' -> {
                RepoRef repo = new RepoRef(RepoType.valueOf(Bytes.text(in)), Bytes.text(in));
                yield new Placement(RepoFile.of(repo, Bytes.text(in), in.getLong()));
            }
            default -> throw new IllegalArgumentException("no fact");
        };
    }
}
