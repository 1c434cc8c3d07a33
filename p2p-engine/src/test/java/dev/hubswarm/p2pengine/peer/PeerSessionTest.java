package dev.hubswarm.p2pengine.peer;

import static dev.hubswarm.p2pengine.peer.Meeting.ALL;
import static dev.hubswarm.p2pengine.testing.HandLoop.SECOND;
import static dev.hubswarm.p2pengine.testing.SmallTorrent.BLOCK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.HandLoop;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.protocol.peerwire.Extension;
import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.FakePeer.Heard;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PeerSessionTest {
    private static final int PIECE = 4 * BLOCK;
    private static final PeerAddress OTHER = PeerAddress.v4(0x5db8d823, 6881);

    private final HandLoop loop = new HandLoop();
    /** Six pieces; the last has one block and seven bytes. */
    private final SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, PIECE, 5 * PIECE + BLOCK + 7);

    private final Side empty = Side.having(loop, torrent);

    // Fetching.

    @Test
    void downloadsFromASeed() {
        Meeting seed = Meeting.with(empty, ALL);
        assertEquals(1, seed.peer.take(FakePeer.HAVE_NONE).size());
        seed.peer.say(FakePeer.HAVE_ALL);
        seed.turn();
        assertEquals(1, seed.peer.take(FakePeer.INTERESTED).size());
        assertTrue(seed.requests().isEmpty(), "it has not been allowed to");
        seed.peer.say(FakePeer.UNCHOKE);
        seed.serve();
        assertTrue(empty.isDone());
        assertEquals("both have everything", seed.closed);
        assertEquals(List.of("both have everything"), empty.closed);
    }

    @Test
    void downloadsWithNothingButBep3() {
        Meeting peer = Meeting.with(empty, 0);
        assertTrue(peer.peer.takeAll().isEmpty(), "nothing to say yet");
        peer.peer.say(FakePeer.BITFIELD, new byte[] {(byte) 0b11110000}).say(FakePeer.UNCHOKE);
        peer.serve();
        assertEquals(4, empty.transfer().verified().cardinality());
        assertTrue(peer.peer.take(FakePeer.NOT_INTERESTED).isEmpty(), "it may have more in a moment");
        loop.advance(2 * SECOND);
        peer.turn();
        assertEquals(1, peer.peer.take(FakePeer.NOT_INTERESTED).size());
        peer.peer.say(FakePeer.HAVE, 4).say(FakePeer.HAVE, 5);
        peer.serve();
        assertTrue(empty.isDone());
    }

    @Test
    void asksOnlyForWhatThePeerHas() {
        Meeting peer = Meeting.with(empty, ALL);
        peer.peer.say(FakePeer.HAVE_NONE).say(FakePeer.UNCHOKE);
        assertTrue(peer.requests().isEmpty());
        peer.peer.say(FakePeer.HAVE, 3);
        List<Heard> requests = peer.requests();
        assertEquals(4, requests.size());
        assertTrue(requests.stream().allMatch(request -> request.number(0) == 3));
    }

    @Test
    void neverAsksForMoreAtOnceThanThePeerKeeps() {
        Meeting peer = Meeting.with(empty, ALL);
        peer.peer.sayExtended(0, "d1:mde4:reqqi3ee").say(FakePeer.HAVE_ALL).say(FakePeer.UNCHOKE);
        List<Heard> requests = peer.requests();
        assertEquals(3, requests.size());
        peer.answer(requests.get(0));
        assertEquals(1, peer.requests().size());
    }

    @Test
    void asksForLongerBlocksOnlyOfWhoSendsThem() {
        SmallTorrent larger = SmallTorrent.of(TorrentVersion.V1, 64 * BLOCK, 640 * BLOCK);
        for (boolean areAgreed : new boolean[] {true, false}) {
            Side side = Side.having(loop, larger);
            Meeting peer = Meeting.with(side, ALL);
            peer.peer.sayExtended(0, areAgreed ? "d8:hs_blocki131072e1:mdee" : "d1:mdee");
            peer.peer.say(FakePeer.HAVE_ALL).say(FakePeer.UNCHOKE);
            int longest = 0;
            int last = 0;
            for (List<Heard> asked = peer.requests(); !asked.isEmpty(); asked = peer.requests()) {
                for (Heard request : asked) {
                    longest = Math.max(longest, request.number(2));
                    int end = request.number(1) + request.number(2);
                    assertEquals(request.number(1) / 131072, (end - 1) / 131072, "what a seed reads at once");
                    last = request.number(2);
                    loop.advance(SECOND / 5000);
                    peer.answer(request);
                }
            }
            assertTrue(side.isDone());
            assertEquals(areAgreed ? 131072 : BLOCK, longest, "the last was " + last);
        }
    }

    @Test
    void aChokeGivesBackWhatWasAskedFor() {
        Meeting peer = Meeting.with(empty, 0);
        peer.peer.say(FakePeer.BITFIELD, new byte[] {(byte) 0b10000000}).say(FakePeer.UNCHOKE);
        assertEquals(4, peer.requests().size());
        peer.peer.say(FakePeer.CHOKE);
        peer.turn();
        Meeting other = Meeting.with(empty, 0, OTHER);
        other.peer.say(FakePeer.BITFIELD, new byte[] {(byte) 0b10000000}).say(FakePeer.UNCHOKE);
        assertEquals(4, other.requests().size());
    }

    @Test
    void withFastAChokeTakesNothingBackButARejectDoes() {
        Meeting peer = Meeting.with(empty, ALL);
        peer.peer.say(FakePeer.HAVE_NONE).say(FakePeer.HAVE, 0).say(FakePeer.UNCHOKE);
        List<Heard> requests = peer.requests();
        assertEquals(4, requests.size());
        peer.peer.say(FakePeer.CHOKE);
        peer.answer(requests.get(0));
        peer.turn();
        Meeting other = Meeting.with(empty, ALL, OTHER);
        other.peer.say(FakePeer.HAVE_NONE).say(FakePeer.HAVE, 0).say(FakePeer.UNCHOKE);
        // At the very end a block may be asked for twice.
        assertTrue(other.requests().size() <= 1);
        for (Heard request : requests.subList(1, 4)) {
            peer.peer.say(FakePeer.REJECT, request.number(0), request.number(1), request.number(2));
        }
        peer.turn();
        loop.advance(SECOND);
        other.serve();
        assertTrue(empty.transfer().verified().get(0));
    }

    @Test
    void whatIsAllowedFastIsFetchedThoughWeAreChoked() {
        Meeting peer = Meeting.with(empty, ALL);
        peer.peer.say(FakePeer.HAVE_NONE).say(FakePeer.HAVE, 2).say(FakePeer.HAVE, 3);
        peer.peer.say(FakePeer.ALLOWED_FAST, 2).say(FakePeer.ALLOWED_FAST, 4);
        peer.serve();
        assertEquals(List.of(2), verified(empty));
        peer.peer.say(FakePeer.HAVE, 4);
        peer.serve();
        assertEquals(List.of(2, 4), verified(empty));
        peer.peer.say(FakePeer.UNCHOKE);
        peer.serve();
        assertEquals(List.of(2, 3, 4), verified(empty));
    }

    private static List<Integer> verified(Side side) {
        return side.transfer().verified().stream().boxed().toList();
    }

    @Test
    void whatIsRejectedThoughAllowedFastIsNotAskedForAgain() {
        Meeting peer = Meeting.with(empty, ALL);
        peer.peer.say(FakePeer.HAVE_ALL).say(FakePeer.ALLOWED_FAST, 1).say(FakePeer.ALLOWED_FAST, 3);
        List<Heard> requests = peer.requests();
        // But for the last block of one of them, until it has proved something.
        assertEquals(7, requests.size());
        Heard first = requests.get(0);
        peer.peer.say(FakePeer.REJECT, first.number(0), first.number(1), first.number(2));
        requests.subList(1, 7).forEach(peer::answer);
        for (int i = 0; i < 3; i++) {
            peer.serve();
            loop.advance(SECOND);
        }
        assertEquals(List.of(3), verified(empty));
        peer.peer.say(FakePeer.UNCHOKE);
        peer.serve();
        assertTrue(empty.isDone());
    }

    @Test
    void nobodyCanAllowUsEverything() {
        Side side = Side.having(loop, SmallTorrent.of(TorrentVersion.V1, BLOCK, 100 * BLOCK));
        Meeting peer = Meeting.with(side, ALL);
        peer.peer.say(FakePeer.HAVE_ALL);
        for (int piece = 0; piece < 100; piece++) peer.peer.say(FakePeer.ALLOWED_FAST, piece);
        peer.serve();
        assertEquals(64, verified(side).size());
    }

    @Test
    void whoRejectsIsNotAskedAgainAtOnce() {
        Meeting peer = Meeting.with(empty, ALL);
        peer.peer.say(FakePeer.HAVE_ALL).say(FakePeer.UNCHOKE);
        int asked = 0;
        for (int i = 0; i < 10; i++) {
            for (Heard request : peer.requests()) {
                asked++;
                peer.peer.say(FakePeer.REJECT, request.number(0), request.number(1), request.number(2));
            }
        }
        assertTrue(asked <= 22, asked + " requests");
        loop.advance(SECOND);
        assertFalse(peer.requests().isEmpty(), "it is given another try");
    }

    @Test
    void whatASilentPeerOwesIsAskedOfOthers() {
        Meeting silent = Meeting.with(empty, ALL);
        silent.peer.say(FakePeer.HAVE_ALL).say(FakePeer.UNCHOKE);
        assertFalse(silent.requests().isEmpty());
        loop.advance(21 * SECOND);
        assertFalse(silent.peer.take(FakePeer.CANCEL).isEmpty());
        assertTrue(silent.session.isSnubbing());
        assertEquals(1, silent.requests().size(), "one block shows whether it is still silent");
        Meeting other = Meeting.with(empty, ALL, OTHER);
        other.peer.say(FakePeer.HAVE_ALL).say(FakePeer.UNCHOKE);
        for (int i = 0; i < 10 && !empty.isDone(); i++) {
            other.serve();
            loop.advance(SECOND);
        }
        assertTrue(empty.isDone());
        assertEquals("both have everything", other.closed);
    }

    @Test
    void whatComesLateIsWelcome() {
        Meeting peer = Meeting.with(empty, ALL);
        peer.peer.say(FakePeer.HAVE_NONE).say(FakePeer.HAVE, 0).say(FakePeer.UNCHOKE);
        List<Heard> requests = peer.requests();
        loop.advance(21 * SECOND);
        requests.forEach(peer::answer);
        peer.serve();
        assertNull(peer.closed);
        assertTrue(empty.transfer().verified().get(0));
    }

    @Test
    void whatWasRejectedMayNotComeLate() {
        Meeting peer = Meeting.with(empty, ALL);
        peer.peer.say(FakePeer.HAVE_NONE).say(FakePeer.HAVE, 0).say(FakePeer.UNCHOKE);
        List<Heard> requests = peer.requests();
        loop.advance(21 * SECOND);
        for (Heard request : requests) peer.peer.say(FakePeer.REJECT, request.body());
        // No block has such a length, so it takes nothing back.
        peer.peer.say(FakePeer.REJECT, 0, 0, -1_000_000);
        assertEquals(1, peer.requests().size(), "one block shows whether it is still silent");
        assertNull(peer.closed);
        // One reject may have been for the block that was asked for anew.
        peer.answer(requests.get(3));
        assertNull(peer.turn().closed);
        peer.answer(requests.get(2));
        peer.turn();
        assertEquals("broke the protocol: a block that nobody asked for", peer.closed);
    }

    @Test
    void whatHasComeFromAnotherIsCancelled() {
        Meeting slow = Meeting.with(empty, ALL);
        slow.peer.say(FakePeer.HAVE_NONE).say(FakePeer.HAVE, 0).say(FakePeer.UNCHOKE);
        assertEquals(4, slow.requests().size());
        Meeting quick = Meeting.with(empty, ALL, OTHER);
        quick.peer.say(FakePeer.HAVE_NONE).say(FakePeer.HAVE, 0).say(FakePeer.UNCHOKE);
        for (int i = 0; i < 15 && !empty.transfer().verified().get(0); i++) {
            quick.serve();
            loop.advance(SECOND);
        }
        assertTrue(empty.transfer().verified().get(0));
        slow.turn();
        assertEquals(4, slow.peer.take(FakePeer.CANCEL).size());
    }

    @Test
    void aLiarIsBanned() {
        Meeting liar = Meeting.with(empty, ALL);
        liar.peer.say(FakePeer.HAVE_ALL).say(FakePeer.UNCHOKE);
        for (Heard request : liar.requests()) {
            liar.peer.sayBlock(request.number(0), request.number(1), new byte[request.number(2)]);
        }
        liar.turn();
        assertEquals(List.of(liar.session), empty.banned);
        assertNotNull(liar.closed);
        assertTrue(empty.transfer().verified().isEmpty());
    }

    @Test
    void aPeerThatLostAPieceIsNotAskedForIt() {
        Meeting peer = Meeting.with(empty, ALL);
        peer.peer.say(FakePeer.HAVE_ALL);
        peer.turn();
        int dontHave = number("lt_donthave", peer);
        for (int piece = 0; piece < 5; piece++) peer.peer.sayExtended(dontHave, "", new byte[] {0, 0, 0, (byte) piece});
        peer.peer.say(FakePeer.UNCHOKE);
        List<Heard> requests = peer.requests();
        assertEquals(2, requests.size());
        assertTrue(requests.stream().allMatch(request -> request.number(0) == 5));
    }

    /** The number that we gave an extension. */
    private static int number(String extension, Meeting peer) {
        String handshake = peer.peer.take(FakePeer.EXTENDED).get(0).text();
        int at = handshake.indexOf(extension + "i") + extension.length() + 1;
        return Integer.parseInt(handshake.substring(at, handshake.indexOf('e', at)));
    }

    // Serving.

    private final Side full = Side.havingAll(loop, torrent);

    @Test
    void servesWhoAsks() {
        Meeting peer = Meeting.with(full, ALL);
        assertEquals(1, peer.peer.take(FakePeer.HAVE_ALL).size());
        peer.peer.say(FakePeer.HAVE_NONE).say(FakePeer.INTERESTED);
        peer.turn();
        assertEquals(1, peer.peer.take(FakePeer.UNCHOKE).size());
        peer.peer.say(FakePeer.REQUEST, 1, BLOCK, BLOCK).say(FakePeer.REQUEST, 5, BLOCK, 7);
        peer.turn();
        List<Heard> blocks = peer.peer.take(FakePeer.PIECE);
        assertEquals(2, blocks.size());
        assertArrayEquals(torrent.bytes(1, BLOCK, BLOCK), blocks.get(0).from(8));
        assertArrayEquals(torrent.bytes(5, BLOCK, 7), blocks.get(1).from(8));
    }

    @Test
    void beginsOnce() {
        assertThrows(IllegalStateException.class, () -> full.group.begin(full.transfer(), torrent.metainfo()));
    }

    @Test
    void suggestsAnotherPieceToEachWhoIsServed() {
        Meeting one = unchoked(full);
        Meeting other = Meeting.with(full, ALL, OTHER);
        other.peer.say(FakePeer.HAVE_NONE).say(FakePeer.INTERESTED);
        other.turn();
        int first = suggestion(one);
        assertNotEquals(first, suggestion(other));
        one.peer.say(FakePeer.REQUEST, first, 0, 7);
        one.turn();
        assertNotEquals(first, suggestion(one));
        one.peer.say(FakePeer.REQUEST, first, 0, 7);
        one.turn();
        assertTrue(one.peer.take(FakePeer.SUGGEST).isEmpty(), "one is left to be asked for");
    }

    private static int suggestion(Meeting peer) {
        List<Heard> suggestions = peer.peer.take(FakePeer.SUGGEST);
        assertEquals(1, suggestions.size());
        return suggestions.get(0).number(0);
    }

    @Test
    void whoHasHadItsTurnGetsTheRestOfItsPiece() {
        Meeting peer = unchoked(full);
        int begun = suggestion(peer);
        int other = begun == 0 ? 1 : 0;
        peer.peer.say(FakePeer.REQUEST, begun, 0, 7);
        peer.turn();
        peer.session.upload().chokeAfterPiece();
        peer.peer.say(FakePeer.REQUEST, begun, 7, 7).say(FakePeer.REQUEST, other, 0, 7);
        peer.turn();
        assertEquals(2, peer.peer.take(FakePeer.PIECE).size());
        assertEquals(other, peer.peer.take(FakePeer.REJECT).get(0).number(0));
        assertTrue(peer.peer.take(FakePeer.CHOKE).isEmpty());
        peer.peer.say(FakePeer.HAVE, begun);
        peer.turn();
        assertEquals(1, peer.peer.take(FakePeer.CHOKE).size());
    }

    @Test
    void whoHasHadItsTurnAndBeginsNothingIsChokedAtOnce() {
        Meeting peer = unchoked(full);
        peer.session.upload().chokeAfterPiece();
        assertEquals(1, peer.peer.take(FakePeer.CHOKE).size());
    }

    @Test
    void followsSuggestions() {
        for (int piece = 0; piece < 6; piece++) {
            Meeting seed = Meeting.with(Side.having(loop, torrent), ALL);
            seed.peer.say(FakePeer.HAVE_ALL).say(FakePeer.SUGGEST, piece).say(FakePeer.UNCHOKE);
            assertEquals(piece, seed.requests().get(0).number(0));
        }
    }

    @Test
    void sendsABitfieldToWhoDoesNotKnowBetter() {
        Meeting peer = Meeting.with(Side.having(loop, torrent, 0, 5), 0);
        assertArrayEquals(
                new byte[] {(byte) 0b10000100},
                peer.peer.take(FakePeer.BITFIELD).get(0).body());
    }

    @Test
    void refusesWhatItDoesNotHave() {
        Meeting peer = Meeting.with(Side.having(loop, torrent, 0), ALL);
        peer.peer.say(FakePeer.HAVE_NONE).say(FakePeer.INTERESTED).say(FakePeer.REQUEST, 1, 0, BLOCK);
        peer.turn();
        assertEquals(1, peer.peer.take(FakePeer.REJECT).size());
        assertTrue(peer.peer.take(FakePeer.PIECE).isEmpty());
        assertNull(peer.closed);
    }

    @Test
    void refusesTheChoked() {
        for (long reserved : new long[] {ALL, FakePeer.EXTENSIONS}) {
            Meeting peer = Meeting.with(full, reserved);
            peer.peer.say(FakePeer.REQUEST, 1, 0, BLOCK).say(FakePeer.CANCEL, 1, 0, BLOCK);
            peer.turn();
            // Without BEP 6 there is no word for it.
            assertEquals(
                    reserved == ALL ? 1 : 0, peer.peer.take(FakePeer.REJECT).size());
            assertTrue(peer.peer.take(FakePeer.PIECE).isEmpty());
            assertNull(peer.closed);
        }
    }

    @Test
    void theChokedGetALittleToBeginWith() {
        Meeting peer = Meeting.with(Side.having(loop, torrent, 0, 1, 2, 3, 4), ALL);
        int allowed = allowed(peer);
        peer.peer.say(FakePeer.HAVE_NONE);
        for (int i = 0; i < 1000; i++) peer.peer.say(FakePeer.REQUEST, allowed, 0, BLOCK);
        peer.turn();
        int served = peer.peer.take(FakePeer.PIECE).size();
        assertEquals((4 << 20) / BLOCK, served);
        assertEquals(1000 - served, peer.peer.take(FakePeer.REJECT).size());
    }

    /** A piece that is allowed fast, and not the last. */
    private static int allowed(Meeting peer) {
        return peer.peer.take(FakePeer.ALLOWED_FAST).stream()
                .map(heard -> heard.number(0))
                .filter(piece -> piece < 5)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void fromWhoHasEverythingNothingIsAllowedFast() {
        assertTrue(Meeting.with(full, ALL).peer.take(FakePeer.ALLOWED_FAST).isEmpty());
    }

    /** BEP 6: the piece, or a reject. */
    @Test
    void everyRequestHasOneAnswerWhateverHappens() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            Side side = Side.having(loop, torrent, 0, 1, 2, 3, 4);
            Meeting peer = Meeting.with(side, ALL);
            peer.peer.say(FakePeer.HAVE_NONE);
            Map<List<Integer>, Integer> owed = new HashMap<>();
            for (int i = 0; i < 300; i++) {
                int[] request = {random.nextInt(5), random.nextInt(4) * BLOCK, BLOCK};
                switch (random.nextInt(12)) {
                    case 0 -> peer.peer.say(FakePeer.INTERESTED);
                    case 1 -> peer.peer.say(FakePeer.NOT_INTERESTED);
                    case 2, 3, 4 -> peer.peer.say(FakePeer.CANCEL, request);
                    case 5 -> peer.turn();
                    case 6 -> {
                        int piece = random.nextInt(5);
                        if (random.nextInt(20) == 0
                                && side.transfer().verified().get(piece))
                            side.store().spoil(piece);
                    }
                    default -> {
                        peer.peer.say(FakePeer.REQUEST, request);
                        owed.merge(List.of(request[0], request[1]), 1, Integer::sum);
                    }
                }
            }
            peer.turn();
            for (int answer : new int[] {FakePeer.PIECE, FakePeer.REJECT}) {
                for (Heard heard : peer.peer.take(answer)) {
                    owed.merge(List.of(heard.number(0), heard.number(1)), -1, Integer::sum);
                }
            }
            assertTrue(owed.values().stream().allMatch(count -> count == 0), "seed " + seed + ": " + owed);
            side.group.close("over");
        }
    }

    @Test
    void whatIsCancelledInTimeIsNotSent() {
        Meeting peer = unchoked(full);
        peer.isStuck = true;
        for (int i = 0; i < 20; i++) peer.peer.say(FakePeer.REQUEST, 0, 0, BLOCK);
        peer.peer.say(FakePeer.REQUEST, 1, 0, BLOCK);
        peer.turn();
        int given = peer.blocksGiven;
        assertEquals(16, given, "no more than 256 KiB are out of our hands at once");
        peer.peer.say(FakePeer.CANCEL, 1, 0, BLOCK);
        peer.turn();
        peer.isStuck = false;
        for (int i = 0; i < given; i++) peer.session.blockSent(BLOCK, loop.nowNanos());
        peer.turn();
        assertTrue(peer.peer.take(FakePeer.PIECE).stream().noneMatch(block -> block.number(0) == 1));
    }

    private static Meeting unchoked(Side side) {
        Meeting peer = Meeting.with(side, ALL);
        peer.peer.say(FakePeer.HAVE_NONE).say(FakePeer.INTERESTED);
        peer.turn();
        assertEquals(1, peer.peer.take(FakePeer.UNCHOKE).size());
        return peer;
    }

    @Test
    void whoIsChokedIsToldWhatWillNotCome() {
        SmallTorrent large = SmallTorrent.of(TorrentVersion.V1, 512 * BLOCK, 512 * BLOCK);
        Meeting peer = unchoked(Side.havingAll(loop, large));
        for (int i = 0; i < 100; i++) peer.peer.say(FakePeer.REQUEST, 0, i * BLOCK, BLOCK);
        peer.peer.say(FakePeer.NOT_INTERESTED);
        peer.turn();
        assertEquals(1, peer.peer.take(FakePeer.CHOKE).size());
        assertEquals(16, peer.peer.take(FakePeer.PIECE).size(), "what was out of our hands");
        assertEquals(84, peer.peer.take(FakePeer.REJECT).size(), "each request has an answer (BEP 6)");
    }

    @Test
    void whoIsServedSlowlyKeepsItsSlot() {
        Meeting peer = unchoked(full);
        peer.isStuck = true;
        for (int i = 0; i < 40; i++) peer.peer.say(FakePeer.REQUEST, 0, 0, BLOCK);
        peer.turn();
        for (int i = 0; i < 10; i++) {
            loop.advance(10 * SECOND);
            peer.session.blockSent(BLOCK, loop.nowNanos());
            peer.peer.sayBytes(new byte[4]);
            peer.turn();
        }
        assertTrue(peer.session.upload().isUnchoked());
    }

    @Test
    void keepsOnlySoManyRequests() {
        Meeting peer = unchoked(full);
        peer.isStuck = true;
        for (int i = 0; i < 16 + UploadQueue.MAX_REQUESTS; i++) peer.peer.say(FakePeer.REQUEST, 0, 0, BLOCK);
        peer.turn();
        long before = peer.unsent();
        peer.peer.say(FakePeer.REQUEST, 0, 0, BLOCK);
        peer.turn();
        assertEquals(17, peer.unsent() - before, "a reject");
    }

    @Test
    void whoDoesNotReadWhatItAskedForIsClosed() {
        Meeting peer = Meeting.with(full, ALL);
        peer.peer.say(FakePeer.HAVE_NONE);
        peer.isStuck = true;
        for (int i = 0; i < 300_000 && peer.closed == null; i++) {
            peer.peer.say(FakePeer.REQUEST, 0, 0, 1);
            if (i % 1000 == 0) peer.turn();
        }
        assertEquals("does not read what it asked for", peer.closed);
    }

    @Test
    void tellsOfNewPiecesOnceWhoLacksThemAndSeeds() {
        Side side = Side.having(loop, torrent);
        Meeting seed = Meeting.with(side, ALL);
        Meeting leecher = Meeting.with(side, ALL, OTHER);
        leecher.peer.say(FakePeer.HAVE_NONE).say(FakePeer.HAVE, 2);
        leecher.turn();
        seed.peer.say(FakePeer.HAVE_ALL).say(FakePeer.UNCHOKE);
        seed.serve();
        leecher.turn();
        assertEquals(6, seed.peer.take(FakePeer.HAVE).size());
        assertEquals(
                List.of(0, 1, 3, 4, 5),
                leecher.peer.take(FakePeer.HAVE).stream()
                        .map(have -> have.number(0))
                        .sorted()
                        .toList());
    }

    @Test
    void tellsWhenItLostAPiece() {
        Meeting peer = Meeting.with(full, ALL);
        peer.peer.say(FakePeer.HAVE_NONE).sayExtended(0, "d1:md11:lt_donthavei9eee");
        peer.turn();
        peer.peer.takeAll();
        full.store().spoil(2);
        peer.turn();
        assertArrayEquals(
                new byte[] {9, 0, 0, 0, 2},
                peer.peer.take(FakePeer.EXTENDED).get(0).body());
        assertFalse(full.transfer().isComplete());
    }

    @Test
    void tellsThatItFetchesAgain() {
        Meeting peer = Meeting.with(full, ALL);
        assertTrue(peer.peer.take(FakePeer.EXTENDED).get(0).text().contains("11:upload_onlyi1e1:v"));
        peer.peer.say(FakePeer.HAVE_NONE).sayExtended(0, "d1:md11:upload_onlyi4eee");
        peer.turn();
        full.store().spoil(2);
        loop.advance(SECOND);
        peer.turn();
        assertArrayEquals(
                new byte[] {4, 0}, peer.peer.take(FakePeer.EXTENDED).get(0).body());
    }

    @Test
    void anExtensionThatAPeerWantsNoMoreIsNotUsedAnyMore() {
        Meeting peer = Meeting.with(full, ALL);
        peer.peer.say(FakePeer.HAVE_NONE).sayExtended(0, "d1:md11:lt_donthavei9e6:ut_pexi8eee");
        peer.peer.sayExtended(0, "d1:md11:lt_donthavei0eee");
        peer.turn();
        peer.peer.takeAll();
        full.store().spoil(2);
        peer.turn();
        assertTrue(peer.peer.take(FakePeer.EXTENDED).isEmpty());
        assertTrue(peer.session.speaks(Extension.UT_PEX), "of which nothing was said the second time");
    }

    /** BEP 10. */
    @Test
    void introducesItself() {
        String said =
                Meeting.with(empty, ALL).peer.take(FakePeer.EXTENDED).get(0).text();
        for (String what : List.of(
                "8:hs_blocki131072e",
                "1:md11:lt_donthavei1e11:upload_onlyi2e11:ut_metadatai3e6:ut_pexi4ee",
                "13:metadata_sizei" + torrent.info().length + "e",
                "1:pi7001e",
                "4:reqqi2000e",
                "1:v13:hubswarm test",
                "6:yourip4:]\u00b8\u00d8\"")) {
            assertTrue(said.contains(what), said);
        }
        assertFalse(said.contains("upload_onlyi1e1:v"));
    }

    @Test
    void aPartialSeedIsOfNoUseToASeed() {
        Meeting peer = Meeting.with(full, ALL);
        peer.peer.say(FakePeer.HAVE_NONE).say(FakePeer.HAVE, 3).sayExtended(0, "d1:mde11:upload_onlyi1ee");
        peer.turn();
        assertEquals("both have everything", peer.closed);
    }

    @Test
    void tellsThatItOnlyUploadsOnceItHasAll() {
        Side side = Side.having(loop, torrent, 0, 1, 2, 3, 4);
        Meeting watcher = Meeting.with(side, ALL, OTHER);
        watcher.peer.say(FakePeer.HAVE_NONE).sayExtended(0, "d1:md11:upload_onlyi4eee");
        watcher.turn();
        watcher.peer.takeAll();
        Meeting seed = Meeting.with(side, ALL);
        seed.peer.say(FakePeer.HAVE_ALL).say(FakePeer.UNCHOKE);
        seed.serve();
        watcher.turn();
        assertArrayEquals(
                new byte[] {4, 1}, watcher.peer.take(FakePeer.EXTENDED).get(0).body());
    }

    // Rules.

    private interface Misdeed {
        void commit(FakePeer peer);
    }

    static Stream<Misdeed> misdeeds() {
        return Stream.of(
                peer -> peer.say(FakePeer.BITFIELD, new byte[2]),
                peer -> peer.say(FakePeer.BITFIELD, new byte[] {1}),
                peer -> peer.say(FakePeer.HAVE_ALL).say(FakePeer.BITFIELD, new byte[2]),
                peer -> peer.say(FakePeer.HAVE_ALL).say(FakePeer.UNCHOKE).sayBlock(0, 0, new byte[BLOCK + 1]),
                peer -> peer.say(FakePeer.HAVE, 6),
                peer -> peer.say(FakePeer.HAVE, -1),
                peer -> peer.say(FakePeer.REQUEST, 6, 0, 1),
                peer -> peer.say(FakePeer.REQUEST, 5, BLOCK, 8),
                peer -> peer.say(FakePeer.REQUEST, 0, 0, 0),
                peer -> peer.say(FakePeer.REQUEST, 0, -1, 1),
                peer -> peer.say(FakePeer.REQUEST, 0, 0, PeerSession.LONGEST_BLOCK + 1),
                peer -> peer.say(FakePeer.REQUEST, 0, Integer.MAX_VALUE, Integer.MAX_VALUE),
                peer -> peer.say(FakePeer.HAVE_ALL).sayBlock(0, 0, new byte[BLOCK]),
                peer -> peer.sayBlock(0, 0, new byte[BLOCK]),
                peer -> peer.say(FakePeer.HAVE_ALL).sayBlock(-1, -1, new byte[1]),
                peer -> peer.say(FakePeer.SUGGEST, 6),
                peer -> peer.say(FakePeer.ALLOWED_FAST, 6),
                peer -> peer.sayExtended(0, "not a dictionary"),
                peer -> peer.sayBytes(new byte[] {0x7f, 0, 0, 0, 7}),
                peer -> peer.say(FakePeer.HAVE, new byte[3]));
    }

    @ParameterizedTest
    @MethodSource("misdeeds")
    void whoBreaksARuleIsClosedAndNothingIsLeftOfIt(Misdeed misdeed) {
        Meeting peer = Meeting.with(empty, ALL);
        misdeed.commit(peer.peer);
        peer.turn();
        assertTrue(Objects.requireNonNull(peer.closed).startsWith("broke the protocol"), peer.closed);
        assertTrue(empty.group.sessions().isEmpty());
        assertEquals(1, empty.closed.size());
    }

    @ParameterizedTest
    @ValueSource(ints = {FakePeer.HAVE_ALL, FakePeer.HAVE_NONE})
    void theFastExtensionTakesTwo(int message) {
        Meeting peer = Meeting.with(empty, FakePeer.EXTENSIONS);
        peer.peer.say(message);
        peer.turn();
        assertNotNull(peer.closed);
    }

    @Test
    void anotherTorrentIsNotSpokenOf() {
        Meeting peer = Meeting.silent(empty);
        peer.peer.greet(new byte[20], ALL, "other");
        peer.turn();
        assertNotNull(peer.closed);
    }

    @Test
    void itselfIsNoPeer() {
        Meeting peer = Meeting.silent(empty);
        peer.peer.greet(
                empty.group.keys().get(0).bytes(),
                ALL,
                new String(Side.OURS.bytes(), java.nio.charset.StandardCharsets.ISO_8859_1));
        peer.turn();
        assertEquals("it is ourselves", peer.closed);
    }

    @Test
    void aHybridIsDialledByItsV1NameAndAnsweredByEither() throws Exception {
        SmallTorrent hybrid = SmallTorrent.of(TorrentVersion.HYBRID, PIECE, 3 * PIECE);
        Side side = Side.having(loop, hybrid);
        List<SwarmKey> keys = side.group.keys();
        for (SwarmKey answer : keys) {
            Meeting peer = Meeting.silent(side);
            assertArrayEquals(keys.get(0).bytes(), peer.peer.heardInfoHash());
            assertEquals(FakePeer.V2, peer.peer.heardReserved() & FakePeer.V2);
            peer.peer.greet(answer.bytes(), ALL | FakePeer.V2, "either");
            peer.turn();
            assertNull(peer.closed);
        }
        // Whoever can speak of the v2 side is answered with its name (BEP 52).
        for (boolean hasV2 : new boolean[] {true, false}) {
            Answers answers = new Answers();
            Handshake theirs = new Handshake(hasV2 ? ALL | FakePeer.V2 : ALL, keys.get(0), Side.OURS);
            side.group.accepted(answers, OTHER, theirs);
            assertEquals(keys.get(hasV2 ? 1 : 0), answers.handshakes.get(0).swarm());
        }
    }

    // Time.

    @Test
    void whoDoesNotGreetIsClosed() {
        Meeting peer = Meeting.silent(empty);
        loop.advance(9 * SECOND);
        assertNull(peer.closed);
        loop.advance(2 * SECOND);
        assertEquals("no handshake", peer.closed);
    }

    @Test
    void aDeadConnectionIsClosedAndAQuietOneKeptAlive() {
        Meeting peer = Meeting.with(empty, ALL);
        peer.peer.say(FakePeer.HAVE_ALL);
        peer.turn();
        peer.peer.takeAll();
        loop.advance(100 * SECOND);
        peer.turn();
        assertEquals(1, peer.peer.take(FakePeer.KEEP_ALIVE).size());
        peer.peer.sayBytes(new byte[4]);
        peer.turn();
        loop.advance(130 * SECOND);
        assertNull(peer.closed);
        loop.advance(20 * SECOND);
        assertEquals("silent", peer.closed);
    }

    @Test
    void whoeverIsOfNoUseIsClosedAfterTenMinutes() {
        Meeting peer = Meeting.with(empty, ALL);
        peer.peer.say(FakePeer.HAVE_NONE);
        for (int i = 0; i < 59; i++) {
            peer.peer.sayBytes(new byte[4]);
            peer.turn();
            loop.advance(10 * SECOND);
        }
        assertNull(peer.closed);
        peer.peer.sayBytes(new byte[4]);
        peer.turn();
        loop.advance(20 * SECOND);
        assertEquals("of no use to each other", peer.closed);
    }

    @Test
    void nobodyIsBlamedForTheTimeInWhichThisMachineSlept() {
        Meeting peer = Meeting.with(empty, ALL);
        peer.peer.say(FakePeer.HAVE_ALL).say(FakePeer.UNCHOKE);
        List<Heard> requests = peer.requests();
        loop.sleep(300 * SECOND);
        loop.advance(2 * SECOND);
        assertNull(peer.closed);
        assertFalse(peer.session.isSnubbing());
        requests.forEach(peer::answer);
        peer.serve();
        assertTrue(empty.isDone());
    }

    @Test
    void whoLeavesASlotUnusedLosesIt() {
        Meeting peer = unchoked(full);
        loop.advance(75 * SECOND);
        peer.turn();
        assertEquals(1, peer.peer.take(FakePeer.CHOKE).size());
    }
}
