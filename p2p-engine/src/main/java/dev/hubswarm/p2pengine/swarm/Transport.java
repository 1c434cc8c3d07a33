package dev.hubswarm.p2pengine.swarm;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * How the engine talks to the system. Immutable.
 *
 * @param nanos a clock that never goes back
 * @param wall one that may jump, for what must be understood after a restart
 */
record Transport(
        IoHandlerFactory handler,
        ChannelFactory<ServerChannel> server,
        ChannelFactory<Channel> client,
        ByteBufAllocator buffers,
        LongSupplier nanos,
        InstantSource wall) {
    static Transport nio() {
        return new Transport(
                NioIoHandler.newFactory(),
                NioServerSocketChannel::new,
                NioSocketChannel::new,
                ByteBufAllocator.DEFAULT,
                System::nanoTime,
                InstantSource.system());
    }

    /** Linux's own where it is there, else the JDK's. */
    static Transport best() {
        if (!Epoll.isAvailable()) return nio();
        return new Transport(
                EpollIoHandler.newFactory(),
                EpollServerSocketChannel::new,
                EpollSocketChannel::new,
                ByteBufAllocator.DEFAULT,
                System::nanoTime,
                InstantSource.system());
    }
}
