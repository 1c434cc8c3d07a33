package dev.hubswarm.agent.accelerator;

import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.storage.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Torrents that claimed to hold a file and did not (design.md §5), beyond a restart: a line each of info hash, digest and
 * the second since 1970 at which it was found out. Thread-safe.
 *
 * <p>Losing the file costs bytes that are fetched twice, so whatever is wrong with it is a line in the log.
 */
public final class DeniedTorrents {
    private static final System.Logger LOG = System.getLogger(DeniedTorrents.class.getName());
    private static final Pattern LINE = Pattern.compile("([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{64}) ([0-9]{1,12})");
    private static final int MOST = 10_000;
    private static final long MOST_BYTES = 4 << 20;
    /** So many torrents of one file are tried. */
    private static final int MOST_TRIED = 2;

    private static final Duration GIVEN_UP_FOR = Duration.ofHours(24);

    /** @param infoHash v2 if it has one, since its v1 side alone says nothing of another */
    private record Denial(String infoHash, String digest) {}

    private final Path file;
    private final InstantSource clock;
    /** With the second at which it was found out. The oldest first. */
    private final Map<Denial, Long> denied = new LinkedHashMap<>();

    public DeniedTorrents(Path file, InstantSource clock) {
        this.file = file;
        this.clock = clock;
        try {
            if (Files.size(file) > MOST_BYTES) throw new IOException("it is too long");
            for (String line :
                    Files.readString(file, StandardCharsets.ISO_8859_1).split("\n", -1)) {
                Matcher parts = LINE.matcher(line);
                if (parts.matches()) add(new Denial(parts.group(1), parts.group(2)), Long.parseLong(parts.group(3)));
            }
        } catch (NoSuchFileException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "no torrent was wrong yet: there is no " + file);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, () -> "Cannot read which torrents were wrong: " + e);
        }
    }

    /** Of another file the same torrent may be right, whatever a tracker says that it holds. */
    public synchronized boolean has(InfoHash torrent, Hash digest) {
        return denied.containsKey(new Denial(name(torrent), digest.hex()));
    }

    /** As of a torrent, by the hash that it is denied by, for whatever file. */
    public synchronized boolean has(Hash infoHash) {
        return denied.keySet().stream().anyMatch(one -> one.infoHash.equals(infoHash.hex()));
    }

    /** Whether so many torrents of this file were wrong that it is left to the Hub for a day. */
    public synchronized boolean isGivenUp(Hash digest) {
        Instant since = clock.instant().minus(GIVEN_UP_FOR);
        return denied.entrySet().stream()
                        .filter(one -> one.getKey().digest.equals(digest.hex()))
                        .filter(one -> Instant.ofEpochSecond(one.getValue()).isAfter(since))
                        .count()
                >= MOST_TRIED;
    }

    /** Blocks for the disk. */
    public synchronized void add(InfoHash torrent, Hash digest) {
        add(new Denial(name(torrent), digest.hex()), clock.instant().getEpochSecond());
        StringBuilder text = new StringBuilder();
        denied.forEach((one, second) -> text.append(one.infoHash)
                .append(' ')
                .append(one.digest)
                .append(' ')
                .append(second)
                .append('\n'));
        try {
            DurableFile.write(file, text.toString().getBytes(StandardCharsets.ISO_8859_1), true);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, () -> "Cannot write down which torrents were wrong: " + e);
        }
    }

    private void add(Denial denial, long second) {
        denied.remove(denial);
        denied.put(denial, second);
        if (denied.size() > MOST) denied.remove(denied.keySet().iterator().next());
    }

    private static String name(InfoHash torrent) {
        @Nullable Hash v2 = torrent.v2();
        return (v2 == null ? Objects.requireNonNull(torrent.v1()) : v2).hex();
    }
}
