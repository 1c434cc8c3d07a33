package dev.hubswarm.seeder;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.storage.FileStamp;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes a seed down, and reads it back: a word and its values on each line, in ASCII. Stateless. */
final class SeedText {
    private static final String BEGIN = "hubswarm seed 1";
    private static final String NEVER = "-";

    private SeedText() {}

    static byte[] write(Seed seed) {
        FileStamp stamp = seed.stamp();
        StringBuilder text = new StringBuilder(BEGIN).append('\n');
        line(text, "digest", seed.digest());
        // Escaped byte by byte, since a name need not be text.
        line(text, "file", seed.file().toUri());
        line(text, "stamp", stamp.device(), stamp.inode(), stamp.size(), stamp.modifiedNanos(), stamp.changedNanos());
        line(text, "torrent", hash(seed.infoHash().v1()), hash(seed.infoHash().v2()));
        line(text, "since", seed.since().getEpochSecond());
        line(text, "uploaded", seed.uploaded());
        for (Origin origin : seed.origins()) {
            RemoteFile file = origin.file();
            Instant confirmed = origin.confirmed();
            line(
                    text,
                    "origin",
                    file.repo().type().word(),
                    file.repo().id(),
                    file.commit(),
                    URLEncoder.encode(file.path(), StandardCharsets.UTF_8),
                    confirmed == null ? NEVER : confirmed.getEpochSecond(),
                    origin.asked().getEpochSecond());
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static void line(StringBuilder text, String word, Object... values) {
        text.append(word);
        for (Object value : values) text.append(' ').append(value);
        text.append('\n');
    }

    private static Hash hash(@Nullable Hash hash) {
        return Objects.requireNonNull(hash, "a canonical torrent has both");
    }

    /** @throws RuntimeException if it is damaged, or of another version */
    static Seed read(byte[] bytes) {
        String[] lines = new String(bytes, StandardCharsets.US_ASCII).split("\n", -1);
        if (!lines[0].equals(BEGIN) || !lines[lines.length - 1].isEmpty())
            throw new IllegalArgumentException("it does not begin, or end, as it should");
        Hash digest = Hash.ofHex(values(lines[1], "digest", 1)[0]);
        Path file = Path.of(URI.create(values(lines[2], "file", 1)[0]));
        String[] stamp = values(lines[3], "stamp", 5);
        FileStamp known = new FileStamp(
                Long.parseLong(stamp[0]),
                Long.parseLong(stamp[1]),
                Long.parseLong(stamp[2]),
                Long.parseLong(stamp[3]),
                Long.parseLong(stamp[4]));
        String[] torrent = values(lines[4], "torrent", 2);
        InfoHash infoHash = new InfoHash(Hash.ofHex(torrent[0]), Hash.ofHex(torrent[1]));
        Instant since = second(values(lines[5], "since", 1)[0]);
        long uploaded = Long.parseLong(values(lines[6], "uploaded", 1)[0]);
        List<Origin> origins = new ArrayList<>();
        for (int i = 7; i < lines.length - 1; i++) {
            String[] origin = values(lines[i], "origin", 6);
            RepoType type = Objects.requireNonNull(RepoType.ofWord(origin[0]), "a type that is not known");
            RemoteFile place = new RemoteFile(
                    new RepoRef(type, origin[1]),
                    origin[2],
                    URLDecoder.decode(origin[3], StandardCharsets.UTF_8),
                    ContentDigest.of(digest.hex()),
                    known.size());
            origins.add(new Origin(place, origin[4].equals(NEVER) ? null : second(origin[4]), second(origin[5])));
        }
        return new Seed(digest, file, known, infoHash, origins, since, uploaded);
    }

    private static String[] values(String line, String word, int count) {
        String[] parts = line.split(" ", -1);
        if (!parts[0].equals(word) || parts.length != count + 1)
            throw new IllegalArgumentException("there should be " + count + " of " + word);
        return List.of(parts).subList(1, parts.length).toArray(String[]::new);
    }

    private static Instant second(String text) {
        return Instant.ofEpochSecond(Long.parseLong(text));
    }
}
