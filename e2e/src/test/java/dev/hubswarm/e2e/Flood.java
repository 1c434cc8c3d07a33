package dev.hubswarm.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.announce.UdpRequest;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A program for inside a {@link Net}. Either it floods a tracker, every other second of the clock, for ever; or it is two
 * honest clients that ask all the time, and prints how long they waited in seconds with and without a flood.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class Flood {
    private static final String CROWD = "10.78.";
    /** Who never asked. */
    private static final String VICTIM = "203.0.113.7";

    private static final int MOST_HELD = 3_000;
    private static final int GREED = 15_000;
    private static final int ANNOUNCED = 1;
    private static final SwarmKey HONEST = new SwarmKey(1, 2, 3);

    /** What a task does, again and again. */
    @FunctionalInterface
    private interface Task {
        void run() throws IOException;
    }

    private final InetSocketAddress tracker;
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(8);
    private final Collection<Long> quiet = new ConcurrentLinkedQueue<>();
    private final Collection<Long> flooded = new ConcurrentLinkedQueue<>();
    private final AtomicInteger failed = new AtomicInteger();
    private final List<Socket> held = new ArrayList<>();
    private int transaction;

    private Flood(InetSocketAddress tracker) {
        this.tracker = tracker;
    }

    /** Arguments: the tracker's address and port, and for how long to be honest, or none. */
    public static void main(String[] args) throws Exception {
        InetSocketAddress tracker = new InetSocketAddress(InetAddress.getByName(args[0]), Integer.parseInt(args[1]));
        Flood program = new Flood(tracker);
        if (args.length < 3) program.flood();
        else program.ask(Integer.parseInt(args[2]));
    }

    private void ask(int seconds) throws Exception {
        DatagramSocket socket = socket("10.77.0.2");
        long id = connect(socket);
        for (int i = 0; i < 1000; i++) askByUdp(socket, id);
        quiet.clear();
        flooded.clear();
        start(() -> askByUdp(socket, id));
        start(this::askByHttp);
        threads.schedule(threads::shutdownNow, seconds, TimeUnit.SECONDS).get();
        if (!threads.awaitTermination(10, TimeUnit.SECONDS)) throw new IllegalStateException("a task hangs");
        System.out.printf(
                "{\"quiet\":%d,\"flooded\":%d,\"quiet_p99_us\":%d,\"flooded_p99_us\":%d,\"failed\":%d}%n",
                quiet.size(), flooded.size(), p99(quiet), p99(flooded), failed.get());
    }

    private void flood() throws IOException {
        DatagramSocket greedy = socket(CROWD + "0.1");
        List<DatagramSocket> strays = new ArrayList<>();
        for (int i = 0; i < 20; i++) strays.add(socket(CROWD + "1." + i));
        long greedyId = connect(greedy);
        // Beyond what one may do at once, and until all is compiled.
        for (int i = 0; i < GREED; i++)
            exchange(greedy, new UdpRequest.Announce(i, greedyId, announce(anySwarm()), ""));
        startFlood(() -> {
            for (DatagramSocket stray : strays) stray(stray);
        });
        startFlood(() -> newTorrentsByUdp(greedy, greedyId));
        startFlood(this::newTorrentsByHttp);
        startFlood(this::hold);
        System.out.println("ready");
    }

    private static boolean flooding() {
        return TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis()) % 2 == 0;
    }

    private void start(Task task) {
        threads.scheduleWithFixedDelay(
                () -> {
                    try {
                        task.run();
                    } catch (IOException e) {
                        // A flood has no right to an answer; the honest have.
                        failed.incrementAndGet();
                    }
                },
                5,
                5,
                TimeUnit.MILLISECONDS);
    }

    private void startFlood(Task task) {
        start(() -> {
            if (flooding()) task.run();
        });
    }

    private static long p99(Collection<Long> nanos) {
        long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        return sorted[sorted.length * 99 / 100] / 1000;
    }

    private DatagramSocket socket(String from) throws IOException {
        DatagramSocket socket = new DatagramSocket(new InetSocketAddress(from, 0));
        socket.connect(tracker);
        socket.setSoTimeout(2000);
        return socket;
    }

    private static long connect(DatagramSocket socket) throws IOException {
        return ByteBuffer.wrap(exchange(socket, new UdpRequest.Connect(1))).getLong(8);
    }

    /** The answer; empty if there is none. */
    private static byte[] exchange(DatagramSocket socket, UdpRequest request) throws IOException {
        send(socket, request);
        DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
        try {
            do socket.receive(answer);
            while (ByteBuffer.wrap(answer.getData()).getInt(4) != request.transactionId());
            return Arrays.copyOf(answer.getData(), answer.getLength());
        } catch (SocketTimeoutException e) {
            // Whoever loses a datagram has waited for it too.
            return new byte[0];
        }
    }

    private static void send(DatagramSocket socket, UdpRequest request) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(200);
        request.encode(out);
        socket.send(new DatagramPacket(out.array(), out.position()));
    }

    private static AnnounceRequest announce(SwarmKey swarm) {
        return new AnnounceRequest(swarm, new PeerId(1, 2, 3), 5001, 0, 0, 5, AnnounceEvent.NONE, 50, 7, true, null);
    }

    private static SwarmKey anySwarm() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new SwarmKey(random.nextLong(), random.nextLong(), random.nextInt());
    }

    private void askByUdp(DatagramSocket socket, long id) throws IOException {
        Collection<Long> times = flooding() ? flooded : quiet;
        long start = System.nanoTime();
        byte[] answer = exchange(socket, new UdpRequest.Announce(transaction++, id, announce(HONEST), ""));
        record(answer.length == 0 || answer[3] == ANNOUNCED, answer, start, times);
    }

    private void askByHttp() throws IOException {
        Collection<Long> times = flooding() ? flooded : quiet;
        long start = System.nanoTime();
        byte[] answer = get("10.77.0.3", announce(HONEST).toQuery(), "");
        record(new String(answer, ISO_8859_1).startsWith("HTTP/1.1 200 OK"), answer, start, times);
    }

    private void record(boolean ok, byte[] answer, long start, Collection<Long> times) throws IOException {
        times.add(System.nanoTime() - start);
        String victim = new String(InetAddress.getByName(VICTIM).getAddress(), ISO_8859_1);
        if (!ok || new String(answer, ISO_8859_1).contains(victim)) failed.incrementAndGet();
    }

    private byte[] get(String from, String query, String headers) throws IOException {
        try (Socket socket = open(from)) {
            String request =
                    "GET /announce?" + query + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n" + headers + "\r\n";
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            return socket.getInputStream().readAllBytes();
        }
    }

    private Socket open(String from) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(5000);
        socket.bind(new InetSocketAddress(from, 0));
        socket.connect(tracker);
        return socket;
    }

    /** Without a valid id: connects that nobody waits for, announces and nonsense. */
    private static void stray(DatagramSocket socket) throws IOException {
        send(socket, new UdpRequest.Connect(1));
        send(socket, new UdpRequest.Announce(2, ThreadLocalRandom.current().nextLong(), announce(HONEST), ""));
        socket.send(new DatagramPacket(new byte[100], 100));
    }

    private static void newTorrentsByUdp(DatagramSocket socket, long id) throws IOException {
        for (int i = 0; i < 20; i++) send(socket, new UdpRequest.Announce(2, id, announce(anySwarm()), ""));
    }

    /** In the victim's name, for torrents that nobody knows and for one that somebody does. */
    private void newTorrentsByHttp() throws IOException {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        for (int i = 0; i < 4; i++) {
            String from = CROWD + random.nextInt(2, 200) + "." + random.nextInt(1, 255);
            String query = announce(i == 0 ? HONEST : anySwarm()).toQuery() + "&ip=" + VICTIM;
            get(from, query, "X-Forwarded-For: " + VICTIM + "\r\nX-Real-IP: " + VICTIM + "\r\n");
        }
    }

    /** Connections that begin a request and leave it at that, half of them by one. */
    private void hold() throws IOException {
        for (int i = 0; i < 20 && held.size() < MOST_HELD; i++) {
            Socket socket = open(CROWD
                    + (i % 2 == 0 ? "0.2" : "201." + ThreadLocalRandom.current().nextInt(1, 255)));
            held.add(socket);
            socket.getOutputStream().write("GET /announce?info_hash=".getBytes(ISO_8859_1));
        }
    }
}
