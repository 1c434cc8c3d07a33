package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.e2e.OtherPeer.Client;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.Relay;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * libtorrent behind lines that are late, lose packets and cut what they carry into bytes (reliability.md S49); on all of
 * them, and held against libtorrent's own speed, with {@code -Dhubswarm.long=true}.
 */
@Tag("peer")
final class OthersOnBadLinesTest {
    private static final boolean IS_LONG = Boolean.getBoolean("hubswarm.long");
    private static final int PIECE = 256 << 10;
    private static final long SIZE = IS_LONG ? 64L << 20 : 4L << 20;
    private static final long MILLI = 1_000_000;
    private static final double GOAL = 0.7;

    static List<Relay.Line> lines() {
        List<Relay.Line> lines = new ArrayList<>();
        lines.add(new Relay.Line(50 * MILLI, 0.05, 1, 0));
        if (!IS_LONG) return lines;
        for (int delay : new int[] {5, 50, 200}) {
            for (double loss : new double[] {0.01, 0.05, 0.1}) lines.add(new Relay.Line(delay * MILLI, loss, 0, 0));
        }
        return lines;
    }

    @ParameterizedTest
    @MethodSource("lines")
    void oursIsNotMuchSlowerThanTheirs(Relay.Line line, @TempDir Path home) throws Exception {
        Path seed = Files.createDirectory(home.resolve("seed"));
        Path source = GeneratedInput.file("", SIZE, PIECE).write(seed);
        Metainfo torrent;
        try (HashPool hashing = HashPool.perCore()) {
            torrent = Creation.plain(hashing, source, TorrentVersion.V1, PIECE);
        }
        String file = Files.write(home.resolve("it.torrent"), torrent.bytes()).toString();
        Path target = Files.createDirectory(home.resolve("ours"));
        // A seed for each, or those who fetch would hear of each other.
        try (OtherPeer first = OtherPeer.start(Client.LIBTORRENT, file, seed);
                OtherPeer second = OtherPeer.start(Client.LIBTORRENT, file, seed);
                Relay toOurs = new Relay(first.address(), line);
                Relay toTheirs = new Relay(second.address(), line);
                OtherPeer theirs = OtherPeer.start(Client.LIBTORRENT, file, home.resolve("theirs"));
                Engine ours = Engine.start("127.0.0.1")) {
            Engine.Share share = ours.get(torrent, target);
            long begun = System.nanoTime();
            theirs.call(toTheirs.address());
            share.found(toOurs.address());
            theirs.awaitSame(source);
            long theirTime = System.nanoTime() - begun;
            // At least theirs, since it is looked at later.
            share.awaitComplete();
            long ourTime = System.nanoTime() - begun;
            share.stop();
            assertEquals(Contents.of(source), Contents.of(target.resolve(torrent.name())));
            String times = ourTime / MILLI + " ms, libtorrent " + theirTime / MILLI + " ms";
            System.out.println(line + ": " + times);
            if (IS_LONG) assertTrue(ourTime * GOAL <= theirTime, times);
        }
    }
}
