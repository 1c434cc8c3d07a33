package dev.hubswarm.testkit;

import dev.hubswarm.base.Loop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.random.RandomGenerator;

/**
 * Hosts and the connections between them, in virtual time. Confined to its loop.
 *
 * <p>It carries objects, and knows of them only how long they would be. Each host has one line up and one down, which
 * its connections share in turns. Every connection keeps its messages in order, as TCP does: a lost packet does not lose
 * a message but makes it, and all behind it, late; and a sender waits while too much of what it sent has not come
 * through.
 */
public final class SimNetwork {
    private static final double SECOND = 1e9;
    /** What a connection may send at its turn; a longer message makes it miss some turns. */
    private static final int TURN = 16 << 10;
    /** Sent, and not received. */
    private static final long WINDOW = 4 << 20;

    private static final double PACKET = 1400;

    private final Loop loop;
    private final RandomGenerator random;
    private int hosts;
    private long eventHash;
    private long delivered;

    /** Hears what happens at one end of a connection; never from inside a call. */
    public interface End {
        void received(Object message);

        /** It left for the line up: it takes no memory any more. */
        default void sent(Object message) {}

        /** The other end closed it, or it broke. */
        void closed();
    }

    /**
     * What lies between two hosts.
     *
     * @param delayNanos one way
     * @param loss how many of all packets are lost
     */
    public record Path(long delayNanos, double loss) {
        public Path {
            if (delayNanos < 0 || loss < 0 || loss >= 1) throw new IllegalArgumentException(delayNanos + ", " + loss);
        }
    }

    private record Sent(Object message, int length) {}

    /** @param random decides what is lost */
    public SimNetwork(Loop loop, RandomGenerator random) {
        this.loop = loop;
        this.random = random;
    }

    public Host host(long upBytesPerSecond, long downBytesPerSecond) {
        return new Host(hosts++, upBytesPerSecond, downBytesPerSecond);
    }

    /** The same for runs in which the same came to the same at the same time, in the same order. */
    public long eventHash() {
        return eventHash;
    }

    /** Messages that came to where they were sent. */
    public long delivered() {
        return delivered;
    }

    private void count(Host to, int length) {
        delivered++;
        long event = loop.nowNanos() * 0x9e3779b97f4a7c15L + to.number * 0xd6e8feb86659fd93L + length;
        eventHash = Long.rotateLeft(eventHash, 5) * 0x2545f4914f6cdd1dL + (event ^ (event >>> 29));
    }

    /** One machine. Confined as the network. */
    public final class Host {
        private final int number;
        private final Line up;
        private final Line down;

        private Host(int number, long up, long down) {
            this.number = number;
            this.up = new Line(up);
            this.down = new Line(down);
        }

        /** Each end is told of what the other end of the connection sends. */
        public Connection connect(Host to, Path path, End ours, End theirs) {
            return new Connection(this, to, path, ours, theirs);
        }

        /** All bytes that have left. */
        public long bytesSent() {
            return up.carried;
        }

        public long bytesReceived() {
            return down.carried;
        }
    }

    /** Two hosts joined, both ways. Confined as the network. */
    public final class Connection {
        private final Pipe there;
        private final Pipe back;
        private boolean isClosed;

        private Connection(Host from, Host to, Path path, End ours, End theirs) {
            there = new Pipe(this, from, to, path, ours, theirs);
            back = new Pipe(this, to, from, path, theirs, ours);
        }

        /** @param isThere whether it goes the way the connection was made, or back */
        public void send(boolean isThere, Object message, int length) {
            if (!isClosed) (isThere ? there : back).send(new Sent(message, length));
        }

        /** Not yet sent. */
        public long unsent(boolean isThere) {
            return (isThere ? there : back).unsent;
        }

        /** What is under way is lost; the other end hears of it. */
        public void close(boolean byWhoConnected) {
            if (isClosed) return;
            isClosed = true;
            Pipe pipe = byWhoConnected ? there : back;
            loop.schedule(pipe.path.delayNanos, pipe.receiver::closed);
        }

        /** Both ends hear of it. */
        public void cut() {
            close(true);
            loop.execute(there.sender::closed);
        }
    }

    /** One way of a connection. */
    private final class Pipe {
        private final Connection of;
        private final Host to;
        private final Path path;
        private final End sender;
        private final End receiver;
        private final Flow up;
        private final Flow down;
        private long unsent;
        private long underWay;
        /** What is late makes all behind it late. */
        private long lastArrival;

        private Pipe(Connection of, Host from, Host to, Path path, End sender, End receiver) {
            this.of = of;
            this.to = to;
            this.path = path;
            this.sender = sender;
            this.receiver = receiver;
            lastArrival = loop.nowNanos();
            up = new Flow(from.up, this::left);
            down = new Flow(to.down, this::arrived);
        }

        private void send(Sent sent) {
            unsent += sent.length;
            up.add(sent);
        }

        private void left(List<Sent> batch, int length) {
            if (of.isClosed) return;
            unsent -= length;
            underWay += length;
            up.isHeld = underWay >= WINDOW;
            long now = loop.nowNanos();
            long arrival = now + path.delayNanos + retransmission(length);
            lastArrival = arrival - lastArrival > 0 ? arrival : lastArrival;
            loop.schedule(lastArrival - now, () -> batch.forEach(down::add));
            for (Sent sent : batch) sender.sent(sent.message);
        }

        private long retransmission(int length) {
            if (path.loss == 0) return 0;
            double isWhole = Math.pow(1 - path.loss, Math.ceil(length / PACKET));
            // The third packet behind the hole says that there is one: about a round trip (RFC 5681, section 3.2).
            return random.nextDouble() < isWhole ? 0 : 2 * path.delayNanos;
        }

        private void arrived(List<Sent> batch, int length) {
            underWay -= length;
            if (up.isHeld && underWay < WINDOW) {
                up.isHeld = false;
                up.join();
            }
            for (Sent sent : batch) {
                if (of.isClosed) return;
                count(to, sent.length);
                receiver.received(sent.message);
            }
        }
    }

    private interface Carried {
        void carried(List<Sent> batch, int length);
    }

    /** What of one pipe waits for a line. */
    private static final class Flow {
        private final Line line;
        private final Carried then;
        private final Queue<Sent> waiting = new ArrayDeque<>();
        private long credit;
        private boolean isWaiting;
        private boolean isHeld;

        private Flow(Line line, Carried then) {
            this.line = line;
            this.then = then;
        }

        private void add(Sent sent) {
            waiting.add(sent);
            join();
        }

        private void join() {
            if (isWaiting || isHeld || waiting.isEmpty()) return;
            isWaiting = true;
            line.flows.add(this);
            line.next();
        }
    }

    /** Carries a little of each flow in turns. */
    private final class Line {
        private final double nanosPerByte;
        private final Queue<Flow> flows = new ArrayDeque<>();
        private boolean isBusy;
        private long carried;

        private Line(long bytesPerSecond) {
            nanosPerByte = SECOND / bytesPerSecond;
        }

        private void next() {
            while (!isBusy && !flows.isEmpty()) {
                Flow flow = flows.remove();
                flow.credit = flows.isEmpty() ? TURN : flow.credit + TURN;
                if (flow.credit > 0) carry(flow);
                else flows.add(flow);
            }
        }

        private void carry(Flow flow) {
            List<Sent> batch = new ArrayList<>();
            int length = 0;
            while (length < flow.credit && !flow.waiting.isEmpty()) {
                Sent sent = flow.waiting.remove();
                batch.add(sent);
                length += sent.length;
            }
            flow.credit -= length;
            isBusy = true;
            int all = length;
            loop.schedule((long) Math.ceil(length * nanosPerByte), () -> {
                isBusy = false;
                carried += all;
                flow.isWaiting = false;
                flow.then.carried(batch, all);
                flow.join();
                next();
            });
        }
    }
}
