package dev.hubswarm.trackerserver.server;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;

/** How Netty talks to the system. Immutable. */
record Transport(
        IoHandlerFactory handler,
        Class<? extends ServerChannel> server,
        Class<? extends DatagramChannel> datagrams,
        boolean isEpoll) {
    /** The largest request that we read: an announce with all the URL data that we take. */
    private static final int MAX_DATAGRAM = 1024;

    private static final int BATCH = 64;

    /** Linux's own where it is there, since it takes many datagrams with one call; else the JDK's. */
    static Transport best() {
        return Epoll.isAvailable()
                ? new Transport(
                        EpollIoHandler.newFactory(), EpollServerSocketChannel.class, EpollDatagramChannel.class, true)
                : new Transport(
                        NioIoHandler.newFactory(), NioServerSocketChannel.class, NioDatagramChannel.class, false);
    }

    void configure(Bootstrap datagrams) {
        int room = isEpoll ? BATCH * MAX_DATAGRAM : MAX_DATAGRAM;
        datagrams.channel(this.datagrams).option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(room));
        if (!isEpoll) return;
        datagrams.option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, MAX_DATAGRAM);
        datagrams.option(EpollChannelOption.SO_REUSEPORT, true);
    }
}
