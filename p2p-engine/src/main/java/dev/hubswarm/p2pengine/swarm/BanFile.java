package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.p2pengine.swarm.BanList.Ban;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.storage.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who lied, beyond a restart (reliability.md T1): a line each of peer id or address, the second since 1970 at which it
 * ends, and why. Immutable; it reads and writes on the caller's thread.
 *
 * <p>Losing it costs a few blocks, so whatever is wrong with it is a line in the log.
 */
final class BanFile {
    private static final System.Logger LOG = System.getLogger(BanFile.class.getName());
    private static final Pattern LINE =
            Pattern.compile("(?:([0-9a-f]{40})|\\[?([0-9a-f:.]+?)]?:([0-9]{1,5})) ([0-9]{1,12}) ([ -~]{1,200})");
    /** Much more than ever is written. */
    private static final long MOST_BYTES = 8 << 20;

    private static final long SECOND = 1_000_000_000L;

    private final Path file;

    BanFile(Path file) {
        this.file = file;
    }

    /**
     * @param now by the clock that the ends of bans are told in
     * @param second since 1970
     */
    List<Ban> read(long now, long second) {
        List<Ban> bans = new ArrayList<>();
        try {
            if (Files.size(file) > MOST_BYTES) throw new IOException("it is too long");
            for (String line :
                    Files.readString(file, StandardCharsets.ISO_8859_1).split("\n", -1)) {
                Ban ban = parse(line, now, second);
                if (ban != null) bans.add(ban);
            }
        } catch (NoSuchFileException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "nobody was banned yet: there is no " + file);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, () -> "Cannot read who was banned: " + e);
        }
        return bans;
    }

    private static @Nullable Ban parse(String line, long now, long second) {
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) return null;
        // A clock that was put right shall not make a ban longer than any.
        long left = Math.min((Long.parseLong(parts.group(4)) - second) * SECOND, BanList.BAN_NANOS);
        String why = parts.group(5);
        if (parts.group(1) != null) {
            PeerId id = PeerId.of(HexFormat.of().parseHex(parts.group(1)));
            return new Ban(id, why, now + left);
        }
        int port = Integer.parseInt(parts.group(3));
        PeerAddress address = port > PeerAddress.MAX_PORT ? null : PeerAddress.parse(parts.group(2), port);
        return address == null ? null : new Ban(address, why, now + left);
    }

    void write(List<Ban> bans, long now, long second) {
        StringBuilder text = new StringBuilder();
        for (Ban ban : bans) {
            if (ban.end() - now <= 0) continue;
            text.append(ban.name()).append(' ');
            text.append(second + (ban.end() - now) / SECOND).append(' ');
            text.append(ban.why()).append('\n');
        }
        try {
            DurableFile.write(file, text.toString().getBytes(StandardCharsets.ISO_8859_1), true);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, () -> "Cannot write down who was banned: " + e);
        }
    }
}
