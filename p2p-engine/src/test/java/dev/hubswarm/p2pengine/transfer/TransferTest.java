package dev.hubswarm.p2pengine.transfer;

import static dev.hubswarm.p2pengine.testing.SmallTorrent.BLOCK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.store.PieceHashes;
import dev.hubswarm.p2pengine.testing.HandLoop;
import dev.hubswarm.p2pengine.testing.MemoryStore;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TransferTest {
    private static final int PIECE = 4 * BLOCK;

    private final HandLoop loop = new HandLoop();
    private final SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V2, PIECE, 3 * PIECE + BLOCK + 1);
    private final List<String> news = new ArrayList<>();
    private @Nullable MemoryStore store;
    private @Nullable Transfer transfer;

    private Transfer begin(boolean hasHashes, int... pieces) {
        Transfer made = new Transfer(
                loop,
                torrent.geometry(),
                listener -> store =
                        new MemoryStore(loop, torrent.geometry(), torrent.bytes(), hasHashes, listener).with(pieces),
                new Random(5));
        made.listen(new News());
        transfer = made;
        return made;
    }

    private MemoryStore store() {
        return Objects.requireNonNull(store);
    }

    @AfterEach
    void check() {
        if (transfer != null) transfer.checkInvariants();
    }

    private final class News implements TransferListener {
        @Override
        public void verified(int piece) {
            news.add("verified " + piece);
        }

        @Override
        public void received(int piece) {
            news.add("received " + piece);
        }

        @Override
        public void lost(int piece) {
            news.add("lost " + piece);
        }

        @Override
        public void complete() {
            news.add("complete");
        }

        @Override
        public void lied(Source liar) {
            news.add("lied " + liar);
        }

        @Override
        public void failed(UserError failure) {
            news.add("failed");
        }
    }

    /** One that has all, and does what the test says. */
    private final class All implements Source {
        private final String name;
        private final boolean isHub;
        final List<Run> cancelled = new ArrayList<>();
        int woken;

        @Nullable
        String closed;

        All(String name, boolean isHub) {
            this.name = name;
            this.isHub = isHub;
        }

        All join(Transfer of) {
            BitSet all = new BitSet();
            all.set(0, torrent.geometry().pieceCount());
            of.joined(this, all);
            return this;
        }

        void deliver(Transfer to, Run run) {
            to.arrived(this, run.from(), ByteBuffer.wrap(torrent.bytes(), (int) run.from(), (int) run.length()));
        }

        @Override
        public boolean isHub() {
            return isHub;
        }

        @Override
        public void wake() {
            woken++;
        }

        @Override
        public void cancel(Run run) {
            cancelled.add(run);
        }

        @Override
        public boolean takesLongRuns() {
            return isHub;
        }

        @Override
        public double bytesPerSecond() {
            return 0;
        }

        @Override
        public void close(String why) {
            closed = why;
            if (transfer != null) transfer.left(this);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @Test
    void withNoHashesAllIsReceivedAndHashesFollow() {
        Transfer hub = begin(false);
        All source = new All("hub", true).join(hub);
        for (Run run = hub.pick(source, 1 << 20); run != null; run = hub.pick(source, 1 << 20))
            source.deliver(hub, run);
        loop.turn();
        assertEquals(List.of("received 0", "received 1", "received 2", "received 3"), news);
        assertFalse(hub.isComplete());
        hub.attach(PieceHashes.of(torrent.metainfo()));
        loop.turn();
        assertTrue(hub.isComplete());
        assertEquals("complete", news.get(news.size() - 1));
        assertEquals(torrent.bytes().length, hub.snapshot().bytesFromHub());
        assertEquals(torrent.bytes().length, hub.snapshot().bytesVerified());
    }

    @Test
    void nothingIsHashedBeforeSomebodyElseHasToDoWithIt() {
        Transfer of = begin(false);
        of.attachOnceShared(PieceHashes.of(torrent.metainfo()));
        All hub = new All("hub", true).join(of);
        All silent = new All("silent", false).join(of);
        hub.deliver(of, Objects.requireNonNull(of.pick(hub, PIECE)));
        loop.turn();
        assertEquals(List.of("received 0"), news);
        silent.deliver(of, Objects.requireNonNull(of.pick(silent, BLOCK)));
        loop.turn();
        assertEquals(BitSet.valueOf(new long[] {1}), of.verified());
    }

    @Test
    void whoLacksSomethingMayHaveWhatIsHere() {
        Transfer of = begin(false);
        All hub = new All("hub", true).join(of);
        hub.deliver(of, Objects.requireNonNull(of.pick(hub, PIECE)));
        of.joined(new All("beginner", false), new BitSet());
        of.attachOnceShared(PieceHashes.of(torrent.metainfo()));
        loop.turn();
        assertEquals(BitSet.valueOf(new long[] {1}), of.verified());
    }

    @Test
    void aSecondCopyIsNotTaken() {
        Transfer of = begin(true);
        All one = new All("one", false).join(of);
        Run run = Objects.requireNonNull(of.pick(one, BLOCK));
        one.deliver(of, run);
        assertFalse(of.arrived(one, run.from(), ByteBuffer.wrap(torrent.bytes(), (int) run.from(), BLOCK)));
        // Of several blocks those that are new are taken.
        int begin = (int) run.from() / PIECE * PIECE;
        int length = torrent.geometry().lengthOf(begin / PIECE);
        assertTrue(of.arrived(one, begin, ByteBuffer.wrap(torrent.bytes(), begin, length)));
        loop.turn();
        assertEquals(1, of.verified().cardinality());
        assertEquals(length, of.snapshot().bytesFromOthers());
    }

    @Test
    void aLiarIsClosedAndItsPieceComesFromAnother() {
        Transfer of = begin(true);
        All liar = new All("liar", false).join(of);
        for (Run run = of.pick(liar, 1 << 20); run != null; run = of.pick(liar, 1 << 20)) {
            of.arrived(liar, run.from(), ByteBuffer.allocate((int) run.length()));
            loop.turn();
            if (liar.closed != null) break;
        }
        assertEquals(List.of("lied liar"), news);
        All honest = new All("honest", false).join(of);
        for (Run run = of.pick(honest, 1 << 20); run != null; run = of.pick(honest, 1 << 20)) {
            honest.deliver(of, run);
            loop.turn();
        }
        assertTrue(of.isComplete());
        assertTrue(store().isWhole());
    }

    @Test
    void whatWasLostIsFetchedAgain() {
        Transfer of = begin(true, 0, 1, 2, 3);
        assertTrue(of.isComplete());
        store().spoil(2);
        assertEquals(List.of("lost 2"), news);
        assertFalse(of.isComplete());
        All source = new All("source", false).join(of);
        source.deliver(of, Objects.requireNonNull(of.pick(source, 1 << 20)));
        loop.turn();
        assertEquals(List.of("lost 2", "verified 2", "complete"), news);
    }

    @Test
    void isNotCompleteWhileItIsYetToBeToldOfALoss() {
        Transfer of = begin(true, 0, 1, 2);
        All source = new All("source", false).join(of);
        source.deliver(of, Objects.requireNonNull(of.pick(source, 1 << 20)));
        store().lose(2);
        loop.turn();
        assertEquals(List.of("verified 3", "lost 2"), news);
        assertFalse(of.isComplete());
    }

    @Test
    void whoHadNothingToAskForIsWokenWhenSomethingIsLost() {
        Transfer of = begin(true, 0, 1, 2, 3);
        All source = new All("source", false).join(of);
        store().spoil(2);
        assertEquals(1, source.woken);
    }

    @Test
    void whatIsNotSelectedIsNotWaitedFor() {
        Transfer of = begin(true);
        of.select(1, 4, false);
        All source = new All("source", false).join(of);
        source.deliver(of, Objects.requireNonNull(of.pick(source, 1 << 20)));
        loop.turn();
        assertEquals(List.of("verified 0", "complete"), news);
        assertNull(of.pick(source, 1 << 20));
        of.select(1, 2, true);
        assertFalse(of.isComplete());
        assertTrue(of.isWorthAsking(source));
    }

    @Test
    void whoIsIdleIsWokenWhenThereIsRoomAgain() {
        Transfer of = begin(true);
        store().room = 1;
        All one = new All("one", false).join(of);
        All other = new All("other", true).join(of);
        Run first = Objects.requireNonNull(of.pick(one, 1 << 20));
        Run second = of.pick(other, 1 << 20);
        while (second != null) {
            other.deliver(of, second);
            second = of.pick(other, 1 << 20);
        }
        int before = other.woken;
        one.deliver(of, first);
        loop.turn();
        assertTrue(other.woken > before);
    }

    @Test
    void whatTheHubSentIsHandedOutAndNobodyElseMayReplaceIt() {
        Transfer of = begin(false);
        All hub = new All("hub", true).join(of);
        All peer = new All("peer", false).join(of);
        hub.deliver(of, Objects.requireNonNull(of.pick(hub, 0, BLOCK)));
        assertEquals(BLOCK, of.handOut(0));
        assertTrue(of.isKeptForHub(0));
        assertNull(of.pick(peer, 0, BLOCK));
        assertFalse(of.arrived(peer, BLOCK, ByteBuffer.wrap(torrent.bytes(), BLOCK, BLOCK)));
        // Neither may who joins later, nor who tells of it.
        All late = new All("late", false).join(of);
        of.has(late, 0);
        assertNull(of.pick(late, 0, BLOCK));
        hub.deliver(of, Objects.requireNonNull(of.pick(hub, 0, PIECE)));
        assertEquals(PIECE, of.handOut(0));
    }

    @Test
    void whatPeersSentIsNotHandedOut() {
        Transfer of = begin(false);
        All hub = new All("hub", true).join(of);
        All peer = new All("peer", false).join(of);
        hub.deliver(of, Objects.requireNonNull(of.pick(hub, 0, PIECE)));
        peer.deliver(of, Objects.requireNonNull(of.pick(peer, 1, PIECE)));
        hub.deliver(of, Objects.requireNonNull(of.pick(hub, 2, PIECE)));
        loop.turn();
        assertEquals(PIECE, of.handOut(0));
        assertEquals(PIECE, of.handOut(PIECE));
        assertEquals(3 * PIECE, of.handOut(2 * PIECE));
        assertFalse(of.keepForHub(1));
    }

    @Test
    void aPieceThatPeersHelpedWithIsNotHandedOut() {
        Transfer of = begin(false);
        All hub = new All("hub", true).join(of);
        All peer = new All("peer", false).join(of);
        hub.deliver(of, Objects.requireNonNull(of.pick(hub, 0, BLOCK)));
        assertTrue(of.arrived(peer, BLOCK, ByteBuffer.wrap(torrent.bytes(), BLOCK, BLOCK)));
        assertEquals(0, of.handOut(0));
    }

    @Test
    void whatIsThrownAwayIsNotHandedOutUnlessTheHubReplacesIt() {
        Transfer of = begin(false);
        All hub = new All("hub", true).join(of);
        hub.deliver(of, Objects.requireNonNull(of.pick(hub, 0, PIECE)));
        hub.deliver(of, Objects.requireNonNull(of.pick(hub, 1, PIECE)));
        loop.turn();
        assertEquals(2 * PIECE, of.handOut(PIECE / 2));
        of.fetchAgain(0);
        of.fetchAgain(1);
        assertEquals(2 * PIECE, of.handOut(0));
        hub.deliver(of, Objects.requireNonNull(of.pick(hub, 2, PIECE)));
        loop.turn();
        of.fetchAgain(2);
        assertEquals(2 * PIECE, of.handOut(2 * PIECE));
    }

    @Test
    void closingItClosesItsSources() {
        Transfer of = begin(true);
        All source = new All("source", false).join(of);
        Run run = of.pick(source, 1 << 20);
        List<String> ended = new ArrayList<>();
        of.close(() -> ended.add("ended"));
        loop.turn();
        assertEquals("the transfer is over", source.closed);
        assertEquals(List.of("ended"), ended);
        assertEquals(0, of.snapshot().sources());
        assertTrue(run != null);
    }

    @Test
    void aFailureOfTheStoreIsTold() {
        begin(true);
        store().fail(new UserError(UserError.Kind.NO_SPACE, "Full.", "Make room."));
        assertEquals(List.of("failed"), news);
    }
}
