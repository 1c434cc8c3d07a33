package dev.hubswarm.p2pengine.peer;

import static dev.hubswarm.p2pengine.testing.HandLoop.SECOND;
import static dev.hubswarm.p2pengine.testing.SmallTorrent.BLOCK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.store.Sample;
import dev.hubswarm.p2pengine.testing.HandLoop;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.FakePeer.Heard;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A file on its own grid, and peers that have the torrent of a whole folder. */
final class OtherGridTest {
    private static final int OURS = 8 * BLOCK;
    private static final int SIZE = 40 * BLOCK + 77;

    @TempDir
    Path temporary;

    private final HandLoop loop = new HandLoop();

    private SmallTorrent folder(TorrentVersion version, int pieceLength) throws Exception {
        Path folder = temporary.resolve("model");
        SeededBytes.write(folder.resolve("a"), 1, 2 * BLOCK + 1001);
        SeededBytes.write(folder.resolve("b"), 2, SIZE);
        SeededBytes.write(folder.resolve("c"), 3, 3 * BLOCK);
        Sample sample = Sample.of(folder, version, pieceLength);
        return new SmallTorrent(sample.torrent(), sample.bytes(), new byte[0]);
    }

    private static FileEntry file(SmallTorrent torrent) {
        return torrent.metainfo().files().stream()
                .filter(file -> file.length() == SIZE)
                .findFirst()
                .orElseThrow();
    }

    private void awaitDone(Side side) {
        for (int i = 0; i < 600 && !side.isDone(); i++) {
            loop.advance(SECOND / 2);
            side.check();
        }
        assertTrue(side.isDone(), () -> "only " + side.transfer().verified() + "; closed: " + side.closed);
        assertEquals(List.of(), side.banned);
    }

    /** Pieces that are shorter than ours and longer; in v1 files begin anywhere. */
    @ParameterizedTest
    @CsvSource({"V1, 1", "V1, 4", "V1, 32", "V2, 1", "V2, 4", "V2, 32", "HYBRID, 4"})
    void seedsOfAFolderFeedOneFile(TorrentVersion version, int blocks) throws Exception {
        SmallTorrent torrent = folder(version, blocks * BLOCK);
        int pieces = torrent.geometry().pieceCount();
        Side excerpt = Side.excerpt(9, loop, torrent, file(torrent), OURS);
        for (int i = 0; i < 3; i++) {
            int number = i;
            // Only together they have all of some pieces of ours, and the third has everything.
            int[] has = IntStream.range(0, pieces)
                    .filter(piece -> number == 2 || piece % 2 == number)
                    .toArray();
            Pair.of(excerpt, 9, Side.number(i, loop, torrent, false, has), i);
        }
        awaitDone(excerpt);
    }

    @Test
    void whatTheyGetLaterIsAskedFor() throws Exception {
        SmallTorrent torrent = folder(TorrentVersion.V1, 4 * BLOCK);
        int pieces = torrent.geometry().pieceCount();
        Side seed =
                Side.number(0, loop, torrent, false, IntStream.range(0, pieces).toArray());
        Side between = Side.number(1, loop, torrent, false);
        Side excerpt = Side.excerpt(9, loop, torrent, file(torrent), OURS);
        Pair.of(excerpt, 9, between, 1);
        Pair.of(between, 1, seed, 0);
        awaitDone(excerpt);
    }

    private Meeting meeting(Side side, int number) {
        Meeting meeting = Meeting.with(side, FakePeer.FAST, PeerAddress.v4(0x5db80000 + number, 6881));
        meeting.peer.say(FakePeer.HAVE_ALL);
        meeting.peer.say(FakePeer.UNCHOKE);
        return meeting;
    }

    /** Answers in any order, some of them refused: no part of a block is lost, or asked for twice at a time. */
    @ParameterizedTest
    @EnumSource(TorrentVersion.class)
    void partsMayComeInAnyOrderOrBeRefused(TorrentVersion version) throws Exception {
        SmallTorrent torrent = folder(version, BLOCK);
        FileEntry file = file(torrent);
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            Side side = Side.excerpt(9, loop, torrent, file, OURS);
            List<Meeting> meetings = new ArrayList<>(List.of(meeting(side, 1), meeting(side, 2)));
            List<List<Heard>> owed = List.of(new ArrayList<>(), new ArrayList<>());
            for (int i = 0; i < 3000 && !side.isDone(); i++) {
                int who = random.nextInt(2);
                Meeting meeting = meetings.get(who);
                List<Heard> asked = owed.get(who);
                asked.addAll(meeting.requests());
                for (Heard cancel : meeting.peer.take(FakePeer.CANCEL)) {
                    if (random.nextBoolean()) asked.removeIf(request -> Arrays.equals(request.body(), cancel.body()));
                }
                for (Heard request : asked) assertInside(torrent, file, request);
                Collections.shuffle(asked, random);
                if (!asked.isEmpty()) {
                    Heard request = asked.remove(asked.size() - 1);
                    if (random.nextInt(4) == 0 && i < 1000) {
                        meeting.peer.say(FakePeer.REJECT, request.number(0), request.number(1), request.number(2));
                    } else {
                        meeting.answer(request);
                    }
                } else {
                    loop.advance(SECOND / 4);
                }
                meeting.turn();
            }
            assertTrue(
                    side.isDone(), "seed " + seed + ": only " + side.transfer().verified() + side.closed);
            assertEquals(List.of(), side.banned);
            side.group.close("the end");
        }
    }

    private static void assertInside(SmallTorrent torrent, FileEntry file, Heard request) {
        long from = torrent.geometry().offsetOf(request.number(0)) + request.number(1);
        boolean isInside = from >= file.offset() && from + request.number(2) <= file.offset() + file.length();
        assertTrue(isInside, () -> request + " is not of the file");
    }

    @Test
    void whoSendsWrongBytesIsBannedUnderItsOwnName() throws Exception {
        SmallTorrent torrent = folder(TorrentVersion.V2, 4 * BLOCK);
        Side side = Side.excerpt(9, loop, torrent, file(torrent), OURS);
        Meeting liar = meeting(side, 1);
        for (int i = 0; i < 100 && liar.closed == null; i++) {
            for (Heard request : liar.requests()) {
                liar.peer.sayBlock(request.number(0), request.number(1), new byte[request.number(2)]);
            }
        }
        assertEquals(Set.of(liar.session), Set.copyOf(side.banned));
        assertEquals("it sent wrong bytes", liar.closed);
    }

    @Test
    void nothingIsServedToThem() throws Exception {
        SmallTorrent torrent = folder(TorrentVersion.V2, 4 * BLOCK);
        Side side = Side.excerpt(9, loop, torrent, file(torrent), OURS);
        Meeting peer = Meeting.with(side, FakePeer.FAST);
        // Not all, or both had everything that the other wants.
        byte[] pieces = new byte[(torrent.geometry().pieceCount() + 7) / 8];
        for (int piece = 1; piece < torrent.geometry().pieceCount(); piece++)
            pieces[piece / 8] |= (byte) (0x80 >> piece % 8);
        peer.peer.say(FakePeer.BITFIELD, pieces);
        peer.peer.say(FakePeer.UNCHOKE);
        peer.serve();
        assertTrue(side.isDone());
        peer.peer.say(FakePeer.INTERESTED);
        loop.advance(30 * SECOND);
        peer.peer.say(FakePeer.REQUEST, 1, 0, BLOCK);
        peer.turn();
        assertNull(peer.closed);
        assertEquals(0, peer.blocksGiven);
        assertEquals(List.of(), peer.peer.take(FakePeer.HAVE));
    }
}
