package dev.hubswarm.p2pengine.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.transfer.PiecePicker.State;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PiecePickerTest {
    private static final int BLOCK = PieceGeometry.BLOCK_LENGTH;
    private static final int PIECE = 4 * BLOCK;
    private static final double QUICK = 10e6;
    /** It would take a minute for a piece. */
    private static final double SLOW = PIECE / 60.0;

    private final FakeSource quick = FakeSource.peer(QUICK);
    private final FakeSource slow = FakeSource.peer(SLOW);
    private final FakeSource hub = FakeSource.hub(QUICK);
    private final FakeRoom room = new FakeRoom();
    private int pieces;
    private PiecePicker picker = picker(new PieceGeometry(100 * PIECE, PIECE), 1);
    private long now;

    private static final class FakeRoom implements PiecePicker.Room {
        final List<Integer> abandoned = new ArrayList<>();
        int pieces = Integer.MAX_VALUE;

        @Override
        public boolean open(int piece) {
            if (pieces == 0) return false;
            pieces--;
            return true;
        }

        @Override
        public void abandon(int piece) {
            abandoned.add(piece);
            pieces++;
        }
    }

    @AfterEach
    void everythingAgrees() {
        picker.checkInvariants();
    }

    @Test
    void finishesBegunPiecesBeforeNewOnes() {
        joined(slow, all());
        FakeSource other = joined(FakeSource.peer(SLOW), all());
        Run first = pick(slow, BLOCK);
        assertEquals(new Run(first.to(), first.to() + BLOCK), pick(other, BLOCK));
    }

    @Test
    void aQuickSourceGetsAPieceAlone() {
        joined(quick, all());
        FakeSource other = joined(FakeSource.peer(QUICK), all());
        Run first = pick(quick, BLOCK);
        assertNotEquals(piece(first), piece(pick(other, BLOCK)));
        assertEquals(new Run(first.to(), first.to() + BLOCK), pick(quick, BLOCK));
    }

    @Test
    void aQuickSourceGetsTheRestOfWhatSlowOnesShared() {
        joined(slow, all());
        joined(quick, all());
        FakeSource third = joined(FakeSource.peer(SLOW), all());
        int shared = piece(pick(slow, BLOCK));
        assertEquals(shared, piece(pick(quick, BLOCK)));
        assertNotEquals(shared, piece(pick(third, BLOCK)));
    }

    @Test
    void aSourceThatBecameSlowSharesItsPiece() {
        joined(quick, all());
        int held = piece(pick(quick, BLOCK));
        quick.rate = SLOW;
        assertEquals(held, piece(pick(joined(slow, all()), BLOCK)));
    }

    @Test
    void theFirstPiecesAreRandom() {
        Set<Integer> firsts = new HashSet<>();
        for (int seed = 0; seed < 50; seed++) {
            picker = picker(new PieceGeometry(100 * PIECE, PIECE), seed);
            joined(FakeSource.peer(0), allBut(7));
            firsts.add(piece(pick(joined(quick, all()), BLOCK)));
            picker.left(quick);
        }
        assertTrue(firsts.size() > 20, () -> "only " + firsts);
    }

    @Test
    void laterTheRarestComeFirst() {
        someAreHere();
        joined(FakeSource.peer(0), allBut(40));
        joined(FakeSource.peer(0), allBut(40, 50));
        joined(quick, all());
        assertEquals(40, piece(pick(quick, PIECE)));
        assertEquals(50, piece(pick(quick, PIECE)));
    }

    @Test
    void whatASourceSuggestsComesBeforeTheRarest() {
        someAreHere();
        joined(FakeSource.peer(0), allBut(40));
        joined(quick, allBut(30));
        quick.suggestions.addAll(List.of(30, 0, 50, 50));
        assertEquals(50, piece(pick(quick, PIECE)));
        assertEquals(40, piece(pick(quick, PIECE)));
    }

    @Test
    void whatASourceSuggestsComesBeforeWhatOthersBegan() {
        joined(slow, all());
        joined(quick, all());
        int begun = piece(pick(slow, BLOCK));
        quick.suggestions.add(begun == 50 ? 51 : 50);
        assertNotEquals(begun, piece(pick(quick, BLOCK)));
        assertNotEquals(begun, piece(pick(quick, BLOCK)));
    }

    @Test
    void suggestionsDoNotDrawFromTheFront() {
        joined(hub, all());
        joined(quick, all());
        quick.suggestions.add(0);
        assertNotEquals(0, piece(pick(quick, BLOCK)));
    }

    @Test
    void theRarestAreThoseOfTheSource() {
        someAreHere();
        joined(FakeSource.peer(0), allBut(40, 60));
        joined(FakeSource.peer(0), having(50, 70));
        joined(quick, having(50, 60, 70));
        assertEquals(60, piece(pick(quick, PIECE)));
    }

    @Test
    void equallyRareOnesAreRandom() {
        Set<Integer> firsts = new HashSet<>();
        for (int seed = 0; seed < 50; seed++) {
            picker = picker(new PieceGeometry(100 * PIECE, PIECE), seed);
            someAreHere();
            joined(FakeSource.peer(0), all());
            FakeSource other = joined(FakeSource.peer(0), having());
            // What came last to them is no likelier than others.
            for (int piece = 10; piece < 60; piece++) picker.has(other, piece);
            firsts.add(piece(pick(joined(FakeSource.peer(QUICK), having(20, 30, 40, 50, 59)), BLOCK)));
        }
        assertEquals(Set.of(20, 30, 40, 50, 59), firsts);
    }

    @Test
    void findsTheOnePieceAmongManyThatASourceHas() {
        picker = picker(new PieceGeometry(20_000L * PIECE, PIECE), 1);
        someAreHere();
        BitSet most = new BitSet();
        most.set(0, 19_999);
        joined(FakeSource.peer(0), most);
        joined(FakeSource.peer(0), having(19_999));
        joined(quick, having(19_999));
        picker.left(joined(FakeSource.peer(0), having(19_999)));
        assertEquals(19_999, piece(pick(quick, BLOCK)));
    }

    @Test
    void asksForEachBlockOnce() {
        joined(quick, all());
        Run first = pick(quick, PIECE);
        deliver(quick, first);
        Set<Long> asked = new HashSet<>(List.of(first.from()));
        for (int i = 0; i < 99; i++) {
            Run run = pick(quick, PIECE);
            assertEquals(PIECE, run.length());
            assertTrue(asked.add(run.from()));
        }
        assertNull(picker.pick(quick, PIECE, now));
    }

    @Test
    void cutsRunsAtTheEndOfPieces() {
        picker = picker(new PieceGeometry(PIECE + 20_000 + 5, 20_000), 1);
        joined(quick, having(0, 1, 2, 3, 4));
        Run first = pick(quick, 1 << 20);
        for (long at = first.from(); at < first.to(); at += BLOCK) picker.arrived(quick, at, now);
        picker.verified((int) (first.from() / 20_000));
        Set<Run> runs = new HashSet<>(Set.of(first));
        for (Run run = pick(quick, 1 << 20); run != null; run = picker.pick(quick, 1 << 20, now)) runs.add(run);
        assertEquals(
                Set.of(
                        new Run(0, 20_000),
                        new Run(20_000, 40_000),
                        new Run(40_000, 60_000),
                        new Run(60_000, 80_000),
                        new Run(80_000, PIECE + 20_005)),
                runs);
        int other = first.from() == 20_000 ? 2 : 1;
        assertTrue(picker.arrived(quick, other * 20_000L, now));
        assertTrue(picker.arrived(quick, other * 20_000L + BLOCK, now));
        assertEquals(State.COMPLETE, picker.state(other));
    }

    @Test
    void aWindowComesFirstAndInOrder() {
        picker.window(50, 53);
        joined(quick, all());
        joined(slow, allBut(51));
        FakeSource third = joined(FakeSource.peer(QUICK), all());
        assertEquals(new Run(50L * PIECE, 50L * PIECE + BLOCK), pick(quick, BLOCK));
        // Even a quick one shares what somebody waits for.
        assertEquals(new Run(50L * PIECE + BLOCK, 51L * PIECE), pick(third, PIECE));
        assertEquals(52, piece(pick(slow, BLOCK)));
        assertEquals(51, piece(pick(quick, BLOCK)));
    }

    @Test
    void afterTheWindowComesTheRest() {
        PiecePicker.Window window = picker.window(50, 51);
        joined(quick, all());
        assertEquals(50, piece(pick(quick, PIECE)));
        assertNotNull(pick(quick, PIECE));
        window.move(60, 62);
        assertEquals(60, piece(pick(quick, PIECE)));
        window.close();
        assertNotEquals(61, piece(pick(quick, PIECE)));
    }

    @Test
    void severalWindowsAreServedInTurns() {
        picker.window(30, 90);
        picker.window(60, 90);
        joined(quick, all());
        assertEquals(30, piece(pick(quick, PIECE)));
        assertEquals(60, piece(pick(quick, PIECE)));
        assertEquals(31, piece(pick(quick, PIECE)));
        assertEquals(61, piece(pick(quick, PIECE)));
    }

    @Test
    void theNextBlockOfAWindowIsTakenFromWhoKeepsItBack() {
        picker.window(50, 51);
        FakeSource silent = joined(FakeSource.peer(0), all());
        assertEquals(50, piece(pick(silent, BLOCK)));
        joined(quick, all());
        assertEquals(50L * PIECE + BLOCK, pick(quick, PIECE).from());
        for (int block = 1; block < 4; block++)
            assertTrue(picker.arrived(quick, 50L * PIECE + (long) block * BLOCK, now));
        seconds(1);
        Run late = new Run(50L * PIECE, 50L * PIECE + BLOCK);
        assertEquals(late, pick(quick, PIECE));
        assertEquals(List.of(late), silent.cancelled);
    }

    @Test
    void theNextBlockOfAWindowStaysWithWhoIsAboutToSendIt() {
        picker.window(0, 1);
        hub.rate = 10 * PIECE;
        joined(hub, all());
        pick(hub, 50 * PIECE);
        joined(quick, all());
        assertNotEquals(0, piece(pick(quick, BLOCK)));
        assertEquals(0, hub.cancelled.stream().filter(run -> run.from() == 0).count());
    }

    @Test
    void whatWouldMissItsDeadlineIsAskedOfASecondOne() {
        PiecePicker.Window window = picker.window(50, 60);
        slow.rate = PIECE / 10.0;
        joined(slow, having(50));
        Run held = pick(slow, PIECE);
        joined(quick, all());
        window.hurry(now + 5_000_000_000L, PIECE);
        assertEquals(held, pick(quick, PIECE));
        assertEquals(List.of(), slow.cancelled, "it may come from there, too");
        assertEquals(51, piece(pick(quick, PIECE)), "not of a third one, and not again");
        deliver(quick, held);
        assertEquals(PIECE / BLOCK, slow.cancelled.size());
    }

    @Test
    void whatComesInTimeIsAskedForOnce() {
        PiecePicker.Window window = picker.window(50, 60);
        slow.rate = PIECE / 10.0;
        joined(slow, having(52));
        pick(slow, PIECE);
        joined(quick, all());
        // The third piece of the window is needed two seconds after the first.
        window.hurry(now + 8_500_000_000L, PIECE);
        List<Integer> asked = new ArrayList<>();
        for (int i = 0; i < 3; i++) asked.add(piece(pick(quick, PIECE)));
        assertEquals(List.of(50, 51, 53), asked);
    }

    @Test
    void twoThatAreEquallySlowShareWhatIsLate() {
        PiecePicker.Window window = picker.window(50, 60);
        slow.rate = PIECE / 10.0;
        joined(slow, having(50));
        pick(slow, PIECE);
        window.hurry(now + 1_000_000_000L, PIECE);
        FakeSource other = joined(FakeSource.peer(slow.rate), all());
        assertEquals(new Run(51L * PIECE - BLOCK, 51L * PIECE), pick(other, PIECE));
        assertEquals(51, piece(pick(other, PIECE)));
    }

    @Test
    void longRunsTakeWholePiecesFromTheFront() {
        joined(hub, all());
        assertEquals(new Run(0, 3 * PIECE), pick(hub, 4 * PIECE - 1));
        assertEquals(new Run(3 * PIECE, 7 * PIECE), pick(hub, 4 * PIECE));
    }

    @Test
    void longRunsSmallerThanAPieceGoOnInIt() {
        joined(hub, all());
        assertEquals(new Run(0, BLOCK), pick(hub, 1));
        assertEquals(new Run(BLOCK, 3 * BLOCK), pick(hub, 2 * BLOCK));
        assertEquals(new Run(3 * BLOCK, 3 * PIECE), pick(hub, 3 * PIECE));
    }

    @Test
    void aLongRunEndsAtAPieceThatIsHereOrBegun() {
        picker.verified(2);
        joined(quick, having(5));
        pick(quick, BLOCK);
        joined(hub, all());
        assertEquals(new Run(0, 2 * PIECE), pick(hub, 64 << 20));
        assertEquals(new Run(3 * PIECE, 5 * PIECE), pick(hub, 64 << 20));
        assertEquals(new Run(6 * PIECE, 100 * PIECE), pick(hub, 64 << 20));
    }

    @Test
    void aLongRunEndsWhereRoomEnds() {
        room.pieces = 3;
        joined(hub, all());
        assertEquals(new Run(0, 3 * PIECE), pick(hub, 64 << 20));
        assertNull(picker.pick(hub, 64 << 20, now));
        room.pieces = 1;
        picker.roomAgain();
        assertEquals(1, hub.wakes);
        assertEquals(new Run(3 * PIECE, 4 * PIECE), pick(hub, 64 << 20));
    }

    @Test
    void peersWorkFromTheFarEndWhileSomebodyIsInFront() {
        joined(hub, all());
        joined(quick, all());
        assertTrue(piece(pick(quick, PIECE)) >= 74);
        picker.left(hub);
        Set<Integer> pieces = new HashSet<>();
        for (int i = 0; i < 20; i++) pieces.add(piece(pick(quick, PIECE)));
        assertTrue(pieces.stream().anyMatch(piece -> piece < 60), pieces::toString);
    }

    @Test
    void theFrontsMeet() {
        joined(hub, all());
        joined(quick, all());
        List<Run> runs = new ArrayList<>();
        while (picker.left() > 0) {
            for (Run run = picker.pick(hub, PIECE, now); run != null; run = null) {
                runs.add(run);
                deliver(hub, run);
            }
            for (Run run = picker.pick(quick, PIECE, now); run != null; run = null) deliver(quick, run);
        }
        int jumps = 0;
        for (int i = 1; i < runs.size(); i++)
            jumps += runs.get(i).from() == runs.get(i - 1).to() ? 0 : 1;
        assertEquals(50, runs.size());
        // Each jump would be a request over HTTP.
        assertTrue(jumps <= 8, "jumps: " + jumps);
    }

    @Test
    void whatIsTenTimesSlowerIsTakenOverBeforeNewPieces() {
        joined(slow, all());
        Run held = pick(slow, PIECE);
        joined(quick, all());
        assertEquals(held, pick(quick, PIECE));
        assertEquals(List.of(held), slow.cancelled);
    }

    @Test
    void whatIsThreeTimesSlowerIsTakenOverOnceNothingElseIsLeft() {
        picker = picker(new PieceGeometry(2 * PIECE, PIECE), 1);
        slow.rate = QUICK / 5000;
        quick.rate = QUICK / 1000;
        joined(slow, all());
        Run held = pick(slow, PIECE);
        joined(quick, all());
        Run other = pick(quick, PIECE);
        assertNotEquals(held, other);
        deliver(quick, other);
        seconds(1);
        assertEquals(held, pick(quick, PIECE));
        assertEquals(List.of(held), slow.cancelled);
    }

    @Test
    void whatIsTwiceAsSlowIsLeftAlone() {
        picker = picker(new PieceGeometry(PIECE, PIECE), 1);
        joined(slow, all());
        pick(slow, PIECE);
        FakeSource other = joined(FakeSource.peer(2 * SLOW), all());
        assertEquals(BLOCK, pick(other, PIECE).length());
        assertEquals(List.of(), slow.cancelled);
    }

    @Test
    void aLongRunIsShortened() {
        hub.rate = 2 * PIECE;
        joined(quick, having(0));
        deliver(quick, pick(quick, PIECE));
        joined(hub, all());
        pick(hub, 100 * PIECE);
        for (int piece = 1; piece < 100; piece++) picker.has(quick, piece);
        seconds(1);
        assertEquals(new Run(99 * PIECE, 100 * PIECE), pick(quick, PIECE));
        assertEquals(new Run(98 * PIECE, 99 * PIECE), pick(quick, 64 << 20));
        assertEquals(List.of(new Run(99 * PIECE, 100 * PIECE), new Run(98 * PIECE, 99 * PIECE)), hub.cancelled);
    }

    @Test
    void twoWhoTakeLongRunsShareOneAtAPieceSoThatBothEndTogether() {
        hub.rate = PIECE;
        joined(hub, all());
        pick(hub, 100 * PIECE);
        FakeSource mirror = joined(FakeSource.hub(15 * PIECE), all());
        assertEquals(new Run(7 * PIECE, 100 * PIECE), pick(mirror, 64 << 20));
        assertEquals(List.of(new Run(7 * PIECE, 100 * PIECE)), hub.cancelled);
    }

    @Test
    void whoIsSilentLosesWhatItHolds() {
        picker = picker(new PieceGeometry(PIECE, PIECE), 1);
        FakeSource silent = joined(FakeSource.peer(0), all());
        Run held = pick(silent, PIECE);
        FakeSource fresh = joined(FakeSource.peer(0), all());
        seconds(1);
        assertNull(picker.pick(fresh, PIECE, now));
        seconds(19);
        assertEquals(held, pick(fresh, PIECE));
        assertEquals(List.of(held), silent.cancelled);
    }

    @Test
    void inTheEndABlockIsAskedOfOneMoreAndNoThird() {
        picker = picker(new PieceGeometry(BLOCK, BLOCK), 1);
        joined(slow, all());
        Run run = pick(slow, BLOCK);
        FakeSource second = joined(FakeSource.peer(2 * SLOW), all());
        FakeSource third = joined(FakeSource.peer(QUICK), all());
        assertEquals(run, pick(second, BLOCK));
        assertNull(picker.pick(third, BLOCK, now));
        assertTrue(picker.arrived(second, 0, now));
        assertEquals(List.of(run), slow.cancelled);
        assertFalse(picker.arrived(slow, 0, now));
        assertEquals(List.of(), second.cancelled);
        assertEquals(State.COMPLETE, picker.state(0));
    }

    @Test
    void inTheEndTheHubWaitsForNobodyWhoNeverSentAnything() {
        picker = picker(new PieceGeometry(2 * PIECE, PIECE), 1);
        FakeSource silent = joined(FakeSource.peer(0), all());
        FakeSource other = joined(FakeSource.peer(0), all());
        Run one = pick(silent, PIECE);
        Run two = pick(other, PIECE);
        joined(hub, all());
        Run first = pick(hub, PIECE);
        deliver(hub, first);
        seconds(1);
        Run second = pick(hub, PIECE);
        deliver(hub, second);
        assertEquals(Set.of(one, two), Set.of(first, second));
        assertEquals(0, picker.left());
    }

    @Test
    void whatTwoOweWhoNeverSentAnythingIsTheHubs() {
        picker = picker(new PieceGeometry(PIECE, PIECE), 1);
        FakeSource silent = joined(FakeSource.peer(0), all());
        FakeSource other = joined(FakeSource.peer(0), all());
        Run held = pick(silent, PIECE);
        seconds(2);
        Run twice = pick(other, PIECE);
        joined(hub, all());
        Run run = pick(hub, PIECE);
        picker.checkInvariants();
        assertEquals(held, run);
        assertEquals(List.of(twice), other.cancelled);
        deliver(hub, run);
        assertEquals(0, picker.left());
    }

    @Test
    void whatTwoOweWhoNeverSentAnythingIsAnybodysAfterAWhile() {
        picker = picker(new PieceGeometry(BLOCK, BLOCK), 1);
        joined(quick, all());
        Run held = pick(joined(FakeSource.peer(0), all()), BLOCK);
        seconds(2);
        FakeSource silent = joined(FakeSource.peer(0), all());
        assertEquals(held, pick(silent, BLOCK));
        assertNull(picker.pick(quick, BLOCK, now));
        seconds(2);
        assertEquals(held, pick(quick, BLOCK));
    }

    @Test
    void ofTwoWhoWereAskedTheOtherGoesOnWhenOneGivesBack() {
        picker = picker(new PieceGeometry(BLOCK, BLOCK), 1);
        joined(slow, all());
        Run run = pick(slow, BLOCK);
        FakeSource second = joined(FakeSource.peer(2 * SLOW), all());
        pick(second, BLOCK);
        picker.gaveBack(slow, run);
        picker.checkInvariants();
        assertNull(picker.pick(second, BLOCK, now));
        picker.left(second);
        assertEquals(run, pick(slow, BLOCK));
    }

    @Test
    void nothingIsAskedTwiceWhileSomethingIsMissing() {
        picker = picker(new PieceGeometry(2 * BLOCK, BLOCK), 1);
        joined(slow, having(0));
        pick(slow, BLOCK);
        joined(FakeSource.peer(0), having(1));
        assertNull(picker.pick(joined(FakeSource.peer(2 * SLOW), having(0)), BLOCK, now));
    }

    @Test
    void whatNobodyHereHasDoesNotDelayTheEnd() {
        picker = picker(new PieceGeometry(2 * BLOCK, BLOCK), 1);
        joined(slow, having(0));
        Run run = pick(slow, BLOCK);
        assertEquals(run, pick(joined(FakeSource.peer(2 * SLOW), having(0)), BLOCK));
    }

    @Test
    void whatIsGivenBackGoesToSomebodyWhoIsWoken() {
        picker = picker(new PieceGeometry(PIECE, PIECE), 1);
        joined(quick, all());
        Run run = pick(quick, PIECE);
        FakeSource idle = joined(FakeSource.peer(QUICK), all());
        FakeSource useless = joined(FakeSource.peer(QUICK), having());
        assertNull(picker.pick(idle, PIECE, now));
        assertNull(picker.pick(useless, PIECE, now));
        picker.gaveBack(quick, new Run(BLOCK, 2 * BLOCK));
        assertEquals(1, idle.wakes);
        assertEquals(0, useless.wakes);
        assertEquals(new Run(BLOCK, 2 * BLOCK), pick(idle, PIECE));
        picker.left(quick);
        assertEquals(new Run(0, BLOCK), pick(idle, BLOCK));
        assertEquals(new Run(2 * BLOCK, run.to()), pick(idle, PIECE));
    }

    @Test
    void whatArrivedIsNotGivenBack() {
        joined(quick, all());
        Run run = pick(quick, PIECE);
        assertTrue(picker.arrived(quick, run.from(), now));
        picker.gaveBack(quick, run);
        assertEquals(new Run(run.from() + BLOCK, run.to()), pick(quick, PIECE));
    }

    @Test
    void aBlockThatComesLateSavesTheOther() {
        joined(slow, all());
        Run run = pick(slow, BLOCK);
        picker.gaveBack(slow, run);
        joined(quick, all());
        assertEquals(run.from(), pick(quick, PIECE).from());
        assertTrue(picker.arrived(slow, run.from(), now));
        assertEquals(List.of(run), quick.cancelled);
        assertFalse(picker.arrived(quick, run.from(), now));
    }

    @Test
    void aWrongPieceIsFetchedFromOneAlone() {
        picker = picker(new PieceGeometry(2 * PIECE, PIECE), 1);
        joined(slow, having(0));
        pick(slow, PIECE);
        for (int block = 0; block < 4; block++) picker.arrived(slow, (long) block * BLOCK, now);
        picker.wrong(0);
        assertEquals(State.MISSING, picker.state(0));
        assertEquals(new Run(0, BLOCK), pick(slow, BLOCK));
        FakeSource other = joined(FakeSource.peer(SLOW), all());
        deliver(other, pick(other, PIECE));
        // Though there is nothing else left.
        assertNull(picker.pick(other, PIECE, now));
        assertNull(picker.pick(other, 0, BLOCK, now));
        assertEquals(new Run(BLOCK, 2 * BLOCK), picker.pick(joined(hub, all()), 0, BLOCK, now));
        seconds(5);
        assertEquals(new Run(2 * BLOCK, 3 * BLOCK), pick(other, BLOCK));
    }

    /** S4. */
    @Test
    void whoHasProvedNothingGetsTheLastBlockOfOnePieceOnly() {
        joined(quick, all());
        FakeSource other = joined(FakeSource.peer(0), all());
        Run first = pick(quick, 1 << 20);
        assertEquals(PIECE, first.length());
        Run second = pick(quick, 1 << 20);
        assertEquals(new Run(second.from(), piece(second) * PIECE + 3 * BLOCK), second);
        assertNull(picker.pick(quick, piece(second), BLOCK, now));
        assertNotEquals(piece(second), piece(pick(other, BLOCK)));
        deliver(quick, first);
        assertTrue(quick.wakes > 0);
        assertEquals(new Run(second.to(), second.to() + BLOCK), pick(quick, 1 << 20));
    }

    @Test
    void piecesOfOneBlockDoNotWaitForTheTrial() {
        picker = picker(new PieceGeometry(5 * BLOCK, BLOCK), 1);
        joined(quick, all());
        for (int i = 0; i < 5; i++) pick(quick, BLOCK);
    }

    /** Its hash comes later. */
    @Test
    void aTrialEndsWithAPieceThatIsHere() {
        joined(quick, all());
        Run first = pick(quick, PIECE);
        for (int block = 0; block < 4; block++) picker.arrived(quick, first.from() + (long) block * BLOCK, now);
        picker.received(piece(first));
        assertEquals(PIECE, pick(quick, 1 << 20).length());
        assertEquals(PIECE, pick(quick, 1 << 20).length());
    }

    @Test
    void whoseTrialWasGivenBackOrLostHasAnother() {
        joined(quick, all());
        Run first = pick(quick, PIECE);
        picker.gaveBack(quick, first);
        picker.lost(quick, piece(first));
        Run second = pick(quick, PIECE);
        assertEquals(PIECE, second.length());
        picker.lost(quick, piece(second));
        assertEquals(PIECE, pick(quick, PIECE).length());
    }

    @Test
    void whatALiarBeganAloneIsThrownAway() {
        joined(quick, all());
        Run first = pick(quick, PIECE);
        Run second = pick(quick, PIECE);
        picker.arrived(quick, second.from(), now);
        for (int block = 0; block < 4; block++) picker.arrived(quick, first.from() + (long) block * BLOCK, now);
        picker.wrong(piece(first));
        picker.lied(quick);
        picker.left(quick);
        assertEquals(List.of(piece(second)), room.abandoned);
        assertEquals(State.MISSING, picker.state(piece(second)));
    }

    @Test
    void aWrongPieceOfAnIdleSourceWakesIt() {
        picker = picker(new PieceGeometry(PIECE, PIECE), 1);
        joined(quick, all());
        Run run = pick(quick, PIECE);
        for (int block = 0; block < 4; block++) picker.arrived(quick, (long) block * BLOCK, now);
        assertFalse(picker.isWorthAsking(quick));
        assertNull(picker.pick(quick, PIECE, now));
        picker.wrong(0);
        assertEquals(1, quick.wakes);
        assertEquals(run, pick(quick, PIECE));
    }

    @Test
    void aPieceThatIsFoundMeanwhileIsNotAskedForAnyMore() {
        joined(quick, all());
        Run run = pick(quick, PIECE);
        picker.verified(piece(run));
        assertEquals(4, quick.cancelled.size());
        assertFalse(picker.arrived(quick, run.from(), now));
    }

    @Test
    void whatIsNotWantedIsNotAskedFor() {
        picker.select(0, 99, false);
        joined(quick, all());
        assertEquals(99, piece(pick(quick, PIECE)));
        assertNull(picker.pick(quick, PIECE, now));
        assertEquals(1, picker.left());
        picker.select(20, 21, true);
        assertEquals(1, quick.wakes);
        assertEquals(20, piece(pick(quick, PIECE)));
        assertEquals(2, picker.left());
    }

    @Test
    void whatWasBegunIsFinishedThoughItIsNotWantedAnyMore() {
        joined(quick, all());
        int begun = piece(pick(quick, BLOCK));
        picker.select(0, 100, false);
        assertEquals(begun, piece(pick(quick, PIECE)));
        for (int block = 0; block < 4; block++) picker.arrived(quick, (long) begun * PIECE + (long) block * BLOCK, now);
        assertEquals(State.COMPLETE, picker.state(begun));
        picker.wrong(begun);
        assertEquals(State.NOT_WANTED, picker.state(begun));
    }

    @Test
    void aSourceThatLostAPieceIsNotAskedForIt() {
        joined(quick, all());
        deliver(quick, pick(quick, PIECE));
        Run run = pick(quick, PIECE);
        picker.lost(quick, piece(run));
        assertEquals(4, quick.cancelled.size());
        picker.checkInvariants();
        quick.wakes = 0;
        for (int i = 0; i < 98; i++) assertNotEquals(piece(run), piece(pick(quick, PIECE)));
        assertNull(picker.pick(quick, PIECE, now));
        picker.has(quick, piece(run));
        assertEquals(1, quick.wakes);
        assertEquals(run, pick(quick, PIECE));
    }

    @Test
    void aSourceIsWorthAskingForWhatIsNotHere() {
        joined(quick, having(3));
        assertTrue(picker.isWorthAsking(quick));
        picker.verified(3);
        assertFalse(picker.isWorthAsking(quick));
        picker.has(quick, 4);
        assertTrue(picker.isWorthAsking(quick));
        picker.lost(quick, 4);
        assertFalse(picker.isWorthAsking(quick));
    }

    @Test
    void withoutRoomOnlyBegunPiecesGoOn() {
        room.pieces = 1;
        joined(quick, all());
        int begun = piece(pick(quick, BLOCK));
        FakeSource other = joined(FakeSource.peer(QUICK), all());
        assertEquals(begun, piece(pick(other, BLOCK)));
        assertEquals(begun, piece(pick(quick, PIECE)));
        assertNull(picker.pick(quick, PIECE, now));
    }

    @Test
    void aPieceThatNobodyCanFinishMakesRoom() {
        room.pieces = 1;
        FakeSource gone = joined(FakeSource.peer(QUICK), all());
        Run begun = pick(gone, BLOCK);
        picker.arrived(gone, begun.from(), now);
        picker.left(gone);
        joined(quick, allBut(piece(begun)));
        assertNull(picker.pick(quick, PIECE, now));
        seconds(9);
        picker.tick(now);
        assertEquals(List.of(), room.abandoned);
        assertNull(picker.pick(quick, PIECE, now));
        seconds(1);
        picker.tick(now);
        assertEquals(List.of(piece(begun)), room.abandoned);
        assertEquals(State.MISSING, picker.state(piece(begun)));
        assertEquals(2, quick.wakes);
        assertNotNull(pick(quick, PIECE));
    }

    @Test
    void aPieceThatSomebodyWorksOnKeepsItsRoom() {
        room.pieces = 1;
        FakeSource working = joined(FakeSource.peer(QUICK), having(1));
        pick(working, BLOCK);
        assertNull(picker.pick(joined(quick, having(2)), PIECE, now));
        seconds(100);
        picker.tick(now);
        assertEquals(List.of(), room.abandoned);
    }

    @Test
    void whoMayBeAskedForOnePieceAloneIsAskedForNothingElse() {
        joined(slow, having(1, 2));
        assertNull(picker.pick(slow, 0, 100 * PIECE, now), "it does not have it");
        Run begun = picker.pick(slow, 2, BLOCK, now);
        assertEquals(new Run(2 * PIECE, 2 * PIECE + BLOCK), begun);
        assertEquals(new Run(2 * PIECE + BLOCK, 3 * PIECE), picker.pick(slow, 2, 100 * PIECE, now));
        assertNull(picker.pick(slow, 2, BLOCK, now));
        deliver(slow, new Run(2 * PIECE, 3 * PIECE));
        assertNull(picker.pick(slow, 2, BLOCK, now));
        picker.select(1, 2, false);
        assertNull(picker.pick(slow, 1, BLOCK, now), "nobody wants it");
    }

    @Test
    void knowsWhoIsHere() {
        joined(quick, all());
        assertThrows(IllegalStateException.class, () -> picker.joined(quick, all(), now));
        picker.left(quick);
        assertThrows(IllegalStateException.class, () -> picker.pick(quick, BLOCK, now));
    }

    @Test
    void aPieceThatIsHereAtTheStartIsNotFetched() {
        picker = new PiecePicker(new PieceGeometry(2 * PIECE, PIECE), having(0), room, new SplittableRandom(1));
        assertEquals(1, picker.left());
        joined(quick, having(0, 1));
        assertEquals(1, piece(pick(quick, PIECE)));
        assertNull(picker.pick(quick, PIECE, now));
    }

    private PiecePicker picker(PieceGeometry geometry, long seed) {
        pieces = geometry.pieceCount();
        return new PiecePicker(geometry, new BitSet(), room, new SplittableRandom(seed));
    }

    /** So that the next ones are not the first. */
    private void someAreHere() {
        for (int piece = 0; piece < PiecePicker.RANDOM_FIRST; piece++) picker.verified(piece);
    }

    private FakeSource joined(FakeSource source, BitSet pieces) {
        picker.joined(source, pieces, now);
        return source;
    }

    private Run pick(FakeSource source, long maxBytes) {
        return Objects.requireNonNull(picker.pick(source, maxBytes, now), "nothing to pick");
    }

    private void deliver(FakeSource source, Run run) {
        for (long at = run.from(); at < run.to(); at += BLOCK) assertTrue(picker.arrived(source, at, now));
        for (int piece = piece(run); piece * (long) PIECE < run.to(); piece++) {
            if (picker.state(piece) == State.COMPLETE) picker.verified(piece);
        }
    }

    private void seconds(long passed) {
        now += passed * 1_000_000_000;
    }

    private static int piece(@Nullable Run run) {
        return (int) (Objects.requireNonNull(run).from() / PIECE);
    }

    private BitSet all() {
        BitSet all = new BitSet();
        all.set(0, pieces);
        return all;
    }

    private BitSet allBut(int... pieces) {
        BitSet some = all();
        for (int piece : pieces) some.clear(piece);
        return some;
    }

    private static BitSet having(int... pieces) {
        BitSet some = new BitSet();
        for (int piece : pieces) some.set(piece);
        return some;
    }
}
