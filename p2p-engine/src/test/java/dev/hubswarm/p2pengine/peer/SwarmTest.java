package dev.hubswarm.p2pengine.peer;

import static dev.hubswarm.p2pengine.testing.HandLoop.SECOND;
import static dev.hubswarm.p2pengine.testing.SmallTorrent.BLOCK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.HandLoop;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several of ours among themselves. */
final class SwarmTest {
    private final HandLoop loop = new HandLoop();

    private static int[] all(SmallTorrent torrent) {
        return IntStream.range(0, torrent.geometry().pieceCount()).toArray();
    }

    private static void connect(List<Side> sides) {
        for (int i = 0; i < sides.size(); i++) for (int j = 0; j < i; j++) Pair.of(sides.get(i), i, sides.get(j), j);
    }

    private void awaitAll(List<Side> sides) {
        for (int i = 0; i < 600 && !sides.stream().allMatch(Side::isDone); i++) {
            loop.advance(SECOND / 2);
            sides.forEach(Side::check);
        }
        for (Side side : sides) {
            assertTrue(side.isDone(), () -> side.group.sessions().size() + " sessions; closed: " + side.closed);
            assertEquals(List.of(), side.banned);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everybodyGetsEverythingFromOneSeed(TorrentVersion version) {
        SmallTorrent torrent = SmallTorrent.of(version, 4 * BLOCK, 50 * BLOCK + 3);
        List<Side> sides = new ArrayList<>(List.of(Side.number(0, loop, torrent, false, all(torrent))));
        for (int i = 1; i < 8; i++) sides.add(Side.number(i, loop, torrent, false));
        connect(sides);
        awaitAll(sides);
        assertTrue(sides.stream().allMatch(side -> side.group.sessions().isEmpty()), "nobody needs anybody any more");
    }

    @ParameterizedTest
    @EnumSource
    void magnetsBecomeTorrents(TorrentVersion version) {
        SmallTorrent torrent = SmallTorrent.of(version, BLOCK, 1200 * BLOCK + 3);
        List<Side> sides = new ArrayList<>(List.of(Side.number(0, loop, torrent, false, all(torrent))));
        for (int i = 1; i < 4; i++) sides.add(Side.number(i, loop, torrent, true));
        connect(sides);
        awaitAll(sides);
        for (Side side : sides.subList(1, 4)) assertTrue(side.metadata.get(0).hasPieceLayers());
    }

    @Test
    void whatNobodyHasAloneIsPutTogether() {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V2, 2 * BLOCK, 60 * BLOCK);
        List<Side> sides = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int number = i;
            int[] some =
                    IntStream.range(0, 30).filter(piece -> piece % 6 == number).toArray();
            sides.add(Side.number(i, loop, torrent, false, some));
        }
        connect(sides);
        awaitAll(sides);
    }

    @Test
    void moreThanThereAreSlotsForAreServedInTurns() {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, BLOCK, 40 * BLOCK);
        Side seed = Side.number(0, loop, torrent, false, all(torrent));
        List<Side> sides = new ArrayList<>(List.of(seed));
        for (int i = 1; i < 20; i++) {
            Side leecher = Side.number(i, loop, torrent, false);
            Pair.of(leecher, i, seed, 0);
            sides.add(leecher);
        }
        awaitAll(sides);
    }

    /** House rules of requests: whatever breaks, it ends (design.md section 6). */
    @Test
    void linesThatBreakAllTheTimeDoNotStopIt() {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, 2 * BLOCK, 40 * BLOCK);
        for (int seed = 0; seed < Integer.getInteger("hubswarm.seeds", 60); seed++) {
            Random random = new Random(seed);
            List<Side> sides = new ArrayList<>();
            for (int i = 0; i < 5; i++)
                sides.add(Side.number(i, loop, torrent, false, i == 0 ? all(torrent) : new int[0]));
            for (Side side : sides) side.store().room = 1 + random.nextInt(4);
            List<Pair> pairs = new ArrayList<>();
            for (int step = 0; step < 300 && !sides.stream().allMatch(Side::isDone); step++) {
                int one = random.nextInt(5);
                int other = random.nextInt(5);
                if (one != other && pairs.size() < 12) pairs.add(Pair.of(sides.get(one), one, sides.get(other), other));
                loop.turn(random.nextInt(200));
                if (!pairs.isEmpty() && random.nextInt(3) == 0)
                    pairs.remove(random.nextInt(pairs.size())).cut();
                if (random.nextInt(5) == 0) loop.advance(SECOND);
                pairs.removeIf(pair -> !pair.isOpen());
                sides.forEach(Side::check);
            }
            connect(sides);
            awaitAll(sides);
            sides.forEach(side -> side.group.close("over"));
        }
    }
}
