package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.protocol.announce.PeerAddress;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Addresses as they are in the wide world, and clocks that can be put forward; in truth all is on loopback. Who is called
 * is written down, and nobody but those who live here is reached. Thread-safe.
 */
final class Internet {
    final List<PeerAddress> calls = new CopyOnWriteArrayList<>();
    private final Map<PeerAddress, SocketAddress> living = new ConcurrentHashMap<>();
    private final AtomicLong skipped = new AtomicLong();
    /** Where all who call us seem to be, and where we are then; null for the truth. */
    volatile @Nullable PeerAddress callers;

    volatile @Nullable PeerAddress home;
    volatile Instant wall = Instant.EPOCH.plus(20_000, ChronoUnit.DAYS);
    /** Calls that lead nowhere are not refused, but never answered. */
    volatile boolean isSilent;

    static PeerAddress address(int number, int port) {
        return PeerAddress.v4(0x0b00_0000 + number, port);
    }

    PeerAddress lives(Member member, PeerAddress at) {
        living.put(at, member.swarm.address());
        return at;
    }

    void lives(SocketAddress really, PeerAddress at) {
        living.put(at, really);
    }

    void skip(long nanos) {
        skipped.addAndGet(nanos);
    }

    Transport transport(ByteBufAllocator buffers) {
        return new Transport(
                NioIoHandler.newFactory(),
                Door::new,
                Call::new,
                buffers,
                () -> System.nanoTime() + skipped.get(),
                () -> wall);
    }

    Transport transport() {
        return transport(ByteBufAllocator.DEFAULT);
    }

    private static SocketAddress socketAddress(PeerAddress address) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address.address()), address.port());
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private final class Call extends NioSocketChannel {
        @Override
        protected boolean doConnect(SocketAddress remote, @Nullable SocketAddress local) throws Exception {
            PeerAddress called = Objects.requireNonNull(Swarm.peerAddress(remote));
            calls.add(called);
            SocketAddress really = living.get(called);
            if (really != null) return super.doConnect(really, local);
            if (isSilent) return false;
            throw new ConnectException("nobody lives there");
        }
    }

    private final class Door extends NioServerSocketChannel {
        @Override
        protected int doReadMessages(List<Object> opened) throws Exception {
            SocketChannel caller = javaChannel().accept();
            if (caller == null) return 0;
            opened.add(new NioSocketChannel(this, caller) {
                @Override
                protected SocketAddress remoteAddress0() {
                    PeerAddress as = callers;
                    InetSocketAddress truth = (InetSocketAddress) super.remoteAddress0();
                    return as == null || truth == null ? truth : socketAddress(as.withPort(truth.getPort()));
                }

                @Override
                protected SocketAddress localAddress0() {
                    PeerAddress as = home;
                    return as == null ? super.localAddress0() : socketAddress(as);
                }
            });
            return 1;
        }
    }
}
