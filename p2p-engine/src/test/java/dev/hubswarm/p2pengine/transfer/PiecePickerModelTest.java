package dev.hubswarm.p2pengine.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.transfer.PiecePicker.State;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever sources, memory and disk do: it ends, within the memory, and no block is forgotten or taken twice. */
class PiecePickerModelTest {
    private static final int SEEDS = Integer.getInteger("hubswarm.seeds", 300);
    private static final long SECOND = 1_000_000_000;
    private static final long CALM = 60 * SECOND;
    private static final long END = 3600 * SECOND;

    @Test
    void alwaysEnds() {
        for (int seed = 0; seed < SEEDS; seed++) {
            try {
                new World(seed).run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    @Test
    void doesTheSameAgainFromTheSameSeed() {
        assertEquals(new World(7).run(), new World(7).run());
    }

    private record Event(long time, long number, Runnable what) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return time != other.time ? Long.compare(time, other.time) : Long.compare(number, other.number);
        }
    }

    /** A transfer and all that may happen to it. */
    private static final class World {
        final SplittableRandom random;
        final PieceGeometry geometry;
        final PiecePicker picker;
        final PriorityQueue<Event> events = new PriorityQueue<>();
        final List<Peer> peers = new ArrayList<>();
        /** Blocks that were taken, of pieces that are not thrown away. */
        final Set<Long> taken = new HashSet<>();

        final long budget;
        final boolean isDiskSlow;
        PiecePicker.Window window;
        long promised;
        long now;
        long numbers;
        long history;

        World(long seed) {
            random = new SplittableRandom(seed);
            int pieceLength = new int[] {16 << 10, 20_000, 64 << 10, 1 << 20}[random.nextInt(4)];
            int pieces = 1 + random.nextInt(40);
            geometry = new PieceGeometry((long) pieces * pieceLength - random.nextInt(pieceLength), pieceLength);
            budget = pieceLength * (1L + random.nextInt(8));
            isDiskSlow = random.nextBoolean();
            picker = new PiecePicker(
                    geometry,
                    some(0.1),
                    new PiecePicker.Room() {
                        @Override
                        public boolean open(int piece) {
                            if (promised + geometry.lengthOf(piece) > budget) return false;
                            promised += geometry.lengthOf(piece);
                            return true;
                        }

                        @Override
                        public void abandon(int piece) {
                            throwAway(piece);
                        }
                    },
                    random.split());
            window = picker.window(0, random.nextInt(4));
        }

        BitSet some(double share) {
            BitSet some = new BitSet();
            for (int piece = 0; piece < geometry.pieceCount(); piece++) some.set(piece, random.nextDouble() < share);
            return some;
        }

        void at(long time, Runnable what) {
            events.add(new Event(time, numbers++, what));
        }

        void after(double seconds, Runnable what) {
            at(now + (long) (seconds * SECOND), what);
        }

        long run() {
            for (int i = random.nextInt(8); i >= 0; i--) join(some(random.nextDouble()));
            at(0, this::trouble);
            at(SECOND, this::tick);
            at(CALM, () -> {
                Peer seed = new Peer(some(1));
                seed.isHonest = true;
                picker.select(0, geometry.pieceCount(), true);
                seed.join();
            });
            while (now < CALM || picker.left() > 0) {
                Event next = events.remove();
                now = next.time;
                assertTrue(now < END, () -> "still " + picker.left() + " left");
                next.what.run();
                picker.checkInvariants();
                history = history * 31 + now + picker.left();
            }
            for (int piece = 0; piece < geometry.pieceCount(); piece++) {
                assertEquals(State.VERIFIED, picker.state(piece));
            }
            assertEquals(0, promised);
            return history;
        }

        void join(BitSet pieces) {
            new Peer(pieces).join();
        }

        void tick() {
            picker.tick(now);
            for (Peer peer : List.copyOf(peers)) peer.timeOut();
            after(1, this::tick);
        }

        void trouble() {
            if (now >= CALM) return;
            after(random.nextDouble(), this::trouble);
            int piece = random.nextInt(geometry.pieceCount());
            if (random.nextInt(20) == 0) picker.select(piece / 2, piece, random.nextBoolean());
            if (random.nextInt(20) == 0 && picker.state(piece) != State.COMPLETE) foundOnDisk(piece);
            if (random.nextInt(20) == 0 && picker.state(piece) == State.OPEN) {
                picker.wrong(piece);
                throwAway(piece);
            }
            if (random.nextInt(10) == 0) window.move(piece, piece + random.nextInt(5));
            if (random.nextInt(10) == 0) {
                window.hurry(now + random.nextLong(5 * SECOND), Math.exp(random.nextDouble() * 14));
            }
            if (random.nextInt(50) == 0) {
                window.close();
                window = picker.window(piece, piece + 1);
            }
            if (peers.isEmpty() || random.nextInt(8) == 0) join(some(random.nextDouble()));
            Peer peer = peers.get(random.nextInt(peers.size()));
            switch (random.nextInt(9)) {
                case 0 -> peer.leave();
                case 1 -> peer.choke();
                case 2 -> peer.reject();
                case 3 -> picker.has(peer, piece);
                case 4 -> picker.lost(peer, piece);
                case 5 -> peer.ask(piece);
                case 6 -> peer.rate = random.nextInt(4) == 0 ? 0 : Math.exp(random.nextDouble() * 14);
                default -> peer.ask();
            }
        }

        void foundOnDisk(int piece) {
            boolean wasOpen = picker.state(piece) == State.OPEN;
            picker.verified(piece);
            if (wasOpen) throwAway(piece);
        }

        void complete(int piece) {
            after(isDiskSlow ? random.nextDouble() * 5 : 0, () -> {
                if (picker.state(piece) != State.COMPLETE) return;
                if (now < CALM && random.nextInt(4) == 0) {
                    picker.wrong(piece);
                    throwAway(piece);
                } else {
                    picker.verified(piece);
                    promised -= geometry.lengthOf(piece);
                    picker.roomAgain();
                }
            });
        }

        void throwAway(int piece) {
            for (int block = 0; block < geometry.blockCount(piece); block++) {
                taken.remove(geometry.offsetOf(piece) + (long) block * PieceGeometry.BLOCK_LENGTH);
            }
            promised -= geometry.lengthOf(piece);
            picker.roomAgain();
        }

        final class Peer implements Source {
            final BitSet pieces;
            final Deque<Long> owed = new ArrayDeque<>();
            final long window = 1L << (12 + random.nextInt(12));
            final boolean isLong = random.nextInt(4) == 0;
            boolean isHonest;
            boolean isChoking;
            boolean isSending;
            boolean isProven;
            boolean isGone;
            long heard;
            double rate = Math.exp(5 + random.nextDouble() * 12);

            Peer(BitSet pieces) {
                this.pieces = pieces;
            }

            @Override
            public boolean isHub() {
                return false;
            }

            void join() {
                peers.add(this);
                picker.joined(this, pieces, now);
                if (isHonest) rate = 1e6;
                ask();
            }

            void ask() {
                while (!isGone && !isChoking && owing() < window) {
                    Run run = picker.pick(this, window - owing(), now);
                    if (run == null) break;
                    owe(run);
                }
                send();
            }

            /** It may be asked for this piece though it chokes. */
            void ask(int piece) {
                Run run = picker.pick(this, piece, window, now);
                if (run != null) owe(run);
                send();
            }

            void owe(Run run) {
                if (owed.isEmpty()) heard = now;
                for (long at = run.from(); at < run.to(); at += length(at)) owed.add(at);
            }

            long owing() {
                return owed.stream().mapToLong(this::length).sum();
            }

            long length(long at) {
                int piece = geometry.pieceAt(at);
                return geometry.blockLength(piece, (int) (at - geometry.offsetOf(piece)) / PieceGeometry.BLOCK_LENGTH);
            }

            void send() {
                if (isSending || owed.isEmpty() || rate == 0) return;
                isSending = true;
                after(length(owed.element()) / rate, () -> {
                    isSending = false;
                    if (owed.isEmpty() || isGone) return;
                    isProven = true;
                    heard = now;
                    arrive(owed.remove());
                    ask();
                });
            }

            void arrive(long at) {
                int piece = geometry.pieceAt(at);
                if (isGone || !picker.arrived(this, at, now)) return;
                assertTrue(taken.add(at), "taken twice");
                if (picker.state(piece) == State.COMPLETE) complete(piece);
            }

            void giveBack(int most) {
                for (int i = 0; i < most && !owed.isEmpty(); i++) {
                    long at = owed.remove();
                    picker.gaveBack(this, new Run(at, at + length(at)));
                    if (random.nextInt(4) == 0) after(random.nextDouble(), () -> arrive(at));
                }
            }

            void reject() {
                if (!isHonest) giveBack(1);
            }

            void timeOut() {
                if (!owed.isEmpty() && now - heard >= 5 * SECOND) rest(5);
            }

            void choke() {
                if (!isHonest) rest(random.nextDouble() * 5);
            }

            void rest(double seconds) {
                isChoking = true;
                giveBack(Integer.MAX_VALUE);
                after(seconds, () -> {
                    isChoking = false;
                    ask();
                });
            }

            void leave() {
                if (isHonest) return;
                isGone = true;
                peers.remove(this);
                owed.clear();
                picker.left(this);
            }

            @Override
            public void wake() {
                ask();
            }

            @Override
            public void cancel(Run run) {
                for (long at = run.from(); at < run.to(); at += length(at)) {
                    long cancelled = at;
                    assertTrue(owed.remove(at), "not asked for");
                    if (random.nextInt(4) == 0) after(random.nextDouble(), () -> arrive(cancelled));
                }
            }

            @Override
            public boolean takesLongRuns() {
                return isLong;
            }

            @Override
            public double bytesPerSecond() {
                return isProven ? rate : 0;
            }

            @Override
            public void close(String why) {
                throw new IllegalStateException(why);
            }
        }
    }
}
