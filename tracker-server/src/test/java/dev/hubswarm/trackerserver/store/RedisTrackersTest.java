package dev.hubswarm.trackerserver.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tracker processes on a real Redis. */
@Tag("peer")
final class RedisTrackersTest {
    /** Of the load, of all trackers together. */
    private static final int ANNOUNCES_PER_SECOND = Integer.getInteger("hubswarm.s55.announces", 400);

    private static final Duration LOAD = Duration.ofSeconds(Integer.getInteger("hubswarm.s55.seconds", 12));
    private static final Duration GONE = Duration.ofSeconds(Integer.getInteger("hubswarm.s55.gone", 3));
    private static final int PUBLISHES_PER_SECOND = 20;
    private static final int TICK_MILLIS = 20;
    private static final int SWARMS = 20;
    private static final int PEERS = 20_000;
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration SECOND = Duration.ofSeconds(1);

    @TempDir
    private Path folder;

    /** A connection that is kept, as a load balancer's. Confined to one thread. */
    private static final class Client implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;
        private final OutputStream out;

        Client(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(60_000);
            in = new BufferedInputStream(socket.getInputStream());
            out = socket.getOutputStream();
        }

        @SuppressWarnings("ArrayRecordComponent")
        private record Reply(int status, byte[] body) {}

        Reply ask(String method, String target, String client) throws IOException {
            String request = method + " " + target
                    + " HTTP/1.1\r\nHost: tracker\r\nContent-Length: 0\r\nX-Forwarded-For: " + client + "\r\n\r\n";
            out.write(request.getBytes(ISO_8859_1));
            int status = Integer.parseInt(line().substring("HTTP/1.1 ".length()).substring(0, 3));
            int length = 0;
            for (String line = line(); !line.isEmpty(); line = line()) {
                if (line.regionMatches(true, 0, "content-length:", 0, 15))
                    length = Integer.parseInt(line.substring(15).trim());
            }
            return new Reply(status, in.readNBytes(length));
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) throw new IOException("the tracker hung up");
                if (c != '\r') line.append((char) c);
            }
            return line.toString();
        }

        AnnounceResponse announce(int torrent, PeerAddress peer, long left) throws Exception {
            SwarmKey swarm = SwarmKey.allOf(Samples.publication(torrent, 0, StoreConformance.ALICE)
                            .infoHash())
                    .get(0);
            AnnounceRequest request = new AnnounceRequest(
                    swarm,
                    new PeerId(1, peer.low(), 2),
                    peer.port(),
                    0,
                    0,
                    left,
                    AnnounceEvent.NONE,
                    -1,
                    7,
                    true,
                    null);
            Reply reply = ask("GET", "/announce?" + request.toQuery(), peer.host());
            return assertInstanceOf(AnnounceResponse.class, AnnounceResponse.decode(reply.body));
        }

        int publish(int torrent) throws IOException {
            return ask("PUT", "/" + torrent, "10.0.0.1").status;
        }

        boolean has(int torrent) throws IOException {
            return ask("GET", "/" + torrent, "10.0.0.1").status == 200;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private record Tracker(Process process, int port) implements AutoCloseable {
        static Tracker start(RedisProcess redis, Path folder) throws IOException {
            Process process = new ProcessBuilder(RedisTracker.command(redis.uri(), folder))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            return new Tracker(process, Integer.parseInt(process.inputReader().readLine()));
        }

        Client client() throws IOException {
            return new Client(port);
        }

        /** Ends with its standard input. */
        @Override
        public void close() throws IOException {
            process.getOutputStream().close();
            if (process.onExit().orTimeout(60, TimeUnit.SECONDS).join().exitValue() != 0)
                throw new IOException("the tracker did not stop well");
        }
    }

    private static PeerAddress peer(int number) {
        return PeerAddress.v4(0x0a000000 + number, 6881);
    }

    private static void awaitTorrents(Client client, Set<Integer> torrents) throws IOException {
        long end = System.nanoTime() + SOON.toNanos();
        for (int torrent : torrents) {
            while (!client.has(torrent)) assertTrue(System.nanoTime() < end, () -> "torrent " + torrent + " is lost");
        }
    }

    /** How long it takes until one tracker hands out what was announced at the other: the best of a few, since others use this machine too. */
    private static Duration passing(Client here, Client there, int firstPeer) throws Exception {
        Duration best = SOON;
        for (int peer = firstPeer; peer < firstPeer + 5 && best.compareTo(SECOND) > 0; peer++) {
            Duration took = passing(here, there, peer(peer));
            if (took.compareTo(best) < 0) best = took;
        }
        assertTrue(best.compareTo(SECOND) <= 0, best::toString);
        return best;
    }

    private static Duration passing(Client here, Client there, PeerAddress seeder) throws Exception {
        here.announce(SWARMS, seeder, 0);
        long start = System.nanoTime();
        Duration took = Duration.ZERO;
        while (!there.announce(SWARMS, peer(1 << 20), 1).peers().toList().contains(seeder)) {
            took = Duration.ofNanos(System.nanoTime() - start);
            assertTrue(took.compareTo(SOON) < 0, "the peer never arrives");
        }
        return took;
    }

    /** S55: killed under load, later emptied under load. */
    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void nothingIsLostWhenRedisIsKilledAndWhenItIsEmptied() throws Exception {
        try (RedisProcess redis = RedisProcess.start(Files.createDirectory(folder.resolve("redis")));
                Tracker one = Tracker.start(redis, folder.resolve("one"));
                Tracker two = Tracker.start(redis, folder.resolve("two"))) {
            Duration before;
            try (Client here = one.client();
                    Client there = two.client()) {
                for (int torrent = 0; torrent <= SWARMS; torrent++) assertEquals(201, here.publish(torrent));
                awaitTorrents(there, Set.of(SWARMS));
                before = passing(here, there, 1 << 21);
            }

            Load load = new Load(List.of(one, two));
            CountDownLatch never = new CountDownLatch(1);
            Duration third = LOAD.minus(GONE).dividedBy(3);
            assertTrue(!never.await(third.toMillis(), TimeUnit.MILLISECONDS));
            redis.kill();
            assertTrue(!never.await(GONE.toMillis(), TimeUnit.MILLISECONDS));
            redis.start();
            assertTrue(!never.await(third.toMillis(), TimeUnit.MILLISECONDS));
            try (RedisServer server = new RedisServer(redis.uri(), TlsTrust.of(null));
                    RedisLink link = server.connect()) {
                link.get(link.commands().flushall());
            }
            assertTrue(!never.await(third.toMillis(), TimeUnit.MILLISECONDS));
            load.stop();

            Duration after;
            try (Client here = one.client();
                    Client there = two.client()) {
                awaitTorrents(here, load.published);
                awaitTorrents(there, load.published);
                after = passing(there, here, 1 << 22);
            }
            try (Tracker late = Tracker.start(redis, folder.resolve("late"));
                    Client client = late.client()) {
                awaitTorrents(client, load.published);
            }
            System.out.printf(
                    "%d announces (%d failed), %d publications, peers passed on in %d ms before and %d ms after%n",
                    load.announces.sum(),
                    load.failures.sum(),
                    load.published.size(),
                    before.toMillis(),
                    after.toMillis());
            assertTrue(load.announces.sum() > LOAD.toSeconds() * ANNOUNCES_PER_SECOND / 2, "there was a load");
            assertTrue(load.published.size() > LOAD.toSeconds() * 2, "there were publications");
            assertTrue(load.failures.sum() * 1000 <= load.announces.sum(), load.lastFailure);
        }
    }

    /** Announces and publishes at several trackers until it is stopped. */
    private static final class Load {
        final LongAdder announces = new LongAdder();
        final LongAdder failures = new LongAdder();
        /** Those that were answered. */
        final Set<Integer> published = ConcurrentHashMap.newKeySet();

        volatile String lastFailure = "";
        private final AtomicInteger next = new AtomicInteger(1000);
        private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(4);
        private final List<Client> clients = new ArrayList<>();
        private final List<Future<?>> running = new ArrayList<>();

        Load(List<Tracker> trackers) throws IOException {
            for (Tracker tracker : trackers) {
                Client announcer = client(tracker);
                AtomicInteger peer = new AtomicInteger();
                int each = Math.max(1, ANNOUNCES_PER_SECOND * TICK_MILLIS / 1000 / trackers.size());
                running.add(threads.scheduleAtFixedRate(
                        () -> {
                            for (int i = 0; i < each; i++) announce(announcer, peer.incrementAndGet() % PEERS);
                        },
                        0,
                        TICK_MILLIS,
                        TimeUnit.MILLISECONDS));
                Client publisher = client(tracker);
                running.add(threads.scheduleAtFixedRate(
                        () -> publish(publisher),
                        0,
                        1000L * trackers.size() / PUBLISHES_PER_SECOND,
                        TimeUnit.MILLISECONDS));
            }
        }

        private Client client(Tracker tracker) throws IOException {
            Client client = tracker.client();
            clients.add(client);
            return client;
        }

        private void announce(Client client, int number) {
            announces.increment();
            try {
                client.announce(number % SWARMS, peer(number), number % 2);
            } catch (Exception | AssertionError e) {
                lastFailure = e.toString();
                failures.increment();
            }
        }

        private void publish(Client client) {
            int torrent = next.getAndIncrement();
            try {
                if (client.publish(torrent) == 201) published.add(torrent);
            } catch (IOException e) {
                lastFailure = e.toString();
            }
        }

        void stop() throws Exception {
            for (Future<?> each : running) each.cancel(false);
            threads.shutdown();
            assertTrue(threads.awaitTermination(60, TimeUnit.SECONDS));
            for (Client client : clients) client.close();
        }
    }
}
