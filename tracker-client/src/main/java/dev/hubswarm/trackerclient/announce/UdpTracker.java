package dev.hubswarm.trackerclient.announce;

import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.trackerclient.contact.Family;
import dev.hubswarm.trackerclient.contact.SharedQuestions;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Announces by UDP (BEP 15, BEP 41), with one socket per family for all trackers. Thread-safe: the sockets and all that
 * is under way belong to the announcer's thread, and names are looked up on others.
 */
final class UdpTracker implements Carrier {
    /** More than any answer with the peers that we keep. */
    private static final int MAX_DATAGRAM = 8 << 10;
    /** Of one wake-up, so that a flood does not keep timers waiting. */
    private static final int MAX_READS = 256;

    private record Host(String name, Family family) {
        InetAddress address() {
            try {
                return family.lookup(name).get(0);
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        }
    }

    private final AnnounceLoop loop;
    private final Executor threads;
    private final RandomGenerator random;
    private final UdpConnections connections = new UdpConnections();
    private final Map<Family, DatagramChannel> channels = new HashMap<>();
    private final Map<UdpExchange, CompletableFuture<Heard>> underWay = new HashMap<>();
    /** A name service that hangs holds one thread, however many torrents wait for it. */
    private final SharedQuestions<Host, InetAddress> lookups = new SharedQuestions<>();

    private final ByteBuffer datagram = ByteBuffer.allocateDirect(MAX_DATAGRAM);

    UdpTracker(AnnounceLoop loop, Executor threads, RandomGenerator random) {
        this.loop = loop;
        this.threads = threads;
        this.random = random;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // Both its ends complete what is returned.
    public CompletableFuture<Heard> announce(
            TrackerUrl tracker, Family family, AnnounceRequest request, long timeoutNanos) {
        long end = System.nanoTime() + timeoutNanos;
        CompletableFuture<Heard> heard = new CompletableFuture<>();
        lookup(new Host(tracker.host(), family)).whenComplete((address, failure) -> {
            if (failure != null) {
                heard.completeExceptionally(failure);
            } else {
                InetSocketAddress to = new InetSocketAddress(address, tracker.port());
                loop.execute(() -> begin(to, family, request, tracker.urlData(), end, heard));
            }
        });
        // A name may be looked up for longer.
        return heard.orTimeout(timeoutNanos, TimeUnit.NANOSECONDS);
    }

    private CompletableFuture<InetAddress> lookup(Host host) {
        return lookups.ask(host, asked -> CompletableFuture.supplyAsync(asked::address, threads));
    }

    private void begin(
            InetSocketAddress tracker,
            Family family,
            AnnounceRequest request,
            String urlData,
            long end,
            CompletableFuture<Heard> heard) {
        UdpExchange exchange =
                new UdpExchange(tracker, family == Family.V6, request, urlData, connections, random, end);
        underWay.put(exchange, heard);
        step(exchange, family);
    }

    private void step(UdpExchange exchange, Family family) {
        CompletableFuture<Heard> heard = underWay.get(exchange);
        if (heard == null) return;
        datagram.clear();
        exchange.poll(System.nanoTime(), datagram);
        datagram.flip();
        try {
            // Is it not sent, for a full buffer, then it is as good as lost on the way.
            if (datagram.hasRemaining()) channel(family).send(datagram, exchange.tracker());
        } catch (IOException | RuntimeException e) {
            underWay.remove(exchange);
            heard.completeExceptionally(e);
            return;
        }
        AnnounceResponse response = exchange.response();
        IOException failure = exchange.failure();
        if (response != null) {
            underWay.remove(exchange);
            heard.complete(new Heard(response, exchange.tracker().getAddress().isLoopbackAddress()));
        } else if (failure != null) {
            underWay.remove(exchange);
            heard.completeExceptionally(failure);
        } else {
            loop.at(exchange.wakeNanos(), () -> step(exchange, family));
        }
    }

    private DatagramChannel channel(Family family) throws IOException {
        DatagramChannel known = channels.get(family);
        if (known != null) return known;
        DatagramChannel channel =
                DatagramChannel.open(family == Family.V6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
        loop.register(channel, () -> read(channel, family));
        channels.put(family, channel);
        return channel;
    }

    private void read(DatagramChannel channel, Family family) {
        Set<UdpExchange> moved = new LinkedHashSet<>();
        for (int reads = 0; reads < MAX_READS; reads++) {
            InetSocketAddress from = receive(channel);
            if (from == null) break;
            for (UdpExchange exchange : underWay.keySet()) {
                if (exchange.receive(from, datagram.duplicate(), System.nanoTime())) moved.add(exchange);
            }
        }
        List.copyOf(moved).forEach(exchange -> step(exchange, family));
    }

    private @Nullable InetSocketAddress receive(DatagramChannel channel) {
        try {
            datagram.clear();
            InetSocketAddress from = (InetSocketAddress) channel.receive(datagram);
            datagram.flip();
            return from;
        } catch (IOException e) {
            // An unreachable host, as a datagram sent before was answered; the exchange sends again in time.
            return null;
        }
    }
}
