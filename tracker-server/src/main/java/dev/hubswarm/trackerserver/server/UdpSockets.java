package dev.hubswarm.trackerserver.server;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The sockets for datagrams, one of each address for each event loop. What a socket of all addresses sends comes from
 * whichever address the system chooses, and clients and routers drop an answer from another one than was asked. Netty
 * can neither tell them apart (for IPv6) nor choose; so each address of the machine has sockets of its own beside those
 * of all, and Linux prefers them. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class UdpSockets implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(UdpSockets.class.getName());

    private final List<EventLoop> loops;
    private final Function<EventLoop, Bootstrap> bootstrap;
    private final InetSocketAddress listen;
    private final Map<InetAddress, List<Channel>> open = new HashMap<>();

    UdpSockets(List<EventLoop> loops, Function<EventLoop, Bootstrap> bootstrap, InetSocketAddress listen) {
        this.loops = loops;
        this.bootstrap = bootstrap;
        this.listen = listen;
        bind(listen.getAddress());
    }

    /** Goes with the addresses that the machine has now. */
    synchronized void follow() {
        InetAddress any = listen.getAddress();
        if (!any.isAnyLocalAddress()) return;
        Set<InetAddress> here = new HashSet<>(Set.of(any));
        try {
            // What comes by a link is answered from the link-local address that it has.
            NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> !address.isLinkLocalAddress())
                    .filter(address -> address instanceof Inet4Address || !(any instanceof Inet4Address))
                    .forEach(here::add);
        } catch (SocketException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "Cannot see this machine's addresses.", e);
            return;
        }
        for (InetAddress address : here) {
            try {
                bind(address);
            } catch (Exception e) {
                // Netty does not declare its BindException: the address is new and not checked yet (RFC 4862 section
                // 5.4), or gone again.
                LOG.log(System.Logger.Level.DEBUG, () -> "Cannot listen on " + address + " yet.", e);
            }
        }
        open.entrySet().removeIf(entry -> {
            boolean gone = !here.contains(entry.getKey());
            if (gone) entry.getValue().forEach(Channel::close);
            return gone;
        });
    }

    private void bind(InetAddress address) {
        List<Channel> bound = open.computeIfAbsent(address, none -> new ArrayList<>());
        while (bound.size() < loops.size()) {
            Bootstrap next = bootstrap.apply(loops.get(bound.size()));
            bound.add(next.bind(address, listen.getPort()).syncUninterruptibly().channel());
        }
    }

    @Override
    public synchronized void close() {
        open.values().forEach(all -> all.forEach(channel -> channel.close().awaitUninterruptibly()));
    }
}
