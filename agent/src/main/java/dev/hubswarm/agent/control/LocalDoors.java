package dev.hubswarm.agent.control;

import dev.hubswarm.base.UserError;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A port and a Unix socket of the agent's: what is behind them is the same, but that a socket has no host name.
 * Thread-safe.
 */
public final class LocalDoors {
    private static final System.Logger LOG = System.getLogger(LocalDoors.class.getName());

    /** Lets somebody in. Called on the event loop of the connection. */
    @FunctionalInterface
    public interface Entry {
        /** @param names by which the port may be called; null for the socket */
        void accept(Channel channel, @Nullable HostNames names);
    }

    private final Channel port;
    private final @Nullable Path socket;

    private LocalDoors(Channel port, @Nullable Path socket) {
        this.port = port;
        this.socket = socket;
    }

    /**
     * @param name what they lead to
     * @param bootstrap makes a new one with its event loops set
     * @param allowedHosts other names by which the port may be called
     * @param path of the socket; null if there is none to be had
     * @param explain says why the port cannot be had
     */
    public static LocalDoors open(
            String name,
            Supplier<ServerBootstrap> bootstrap,
            InetSocketAddress listen,
            List<String> allowedHosts,
            @Nullable Path path,
            Function<Throwable, UserError> explain,
            Entry entry)
            throws UserError {
        Channel port;
        try {
            port = bootstrap
                    .get()
                    .channel(NioServerSocketChannel.class)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            InetSocketAddress at =
                                    (InetSocketAddress) channel.parent().localAddress();
                            entry.accept(channel, new HostNames(at, allowedHosts));
                        }
                    })
                    .bind(listen)
                    .syncUninterruptibly()
                    .channel();
        } catch (Exception e) {
            // Netty throws a BindException that it does not declare.
            throw explain.apply(e);
        }
        return new LocalDoors(port, path == null ? null : socket(name, bootstrap.get(), path, entry));
    }

    private static @Nullable Path socket(String name, ServerBootstrap bootstrap, Path path, Entry entry) {
        try {
            // Nobody answers there: whoever runs has the lock on the folder.
            Files.deleteIfExists(path);
            bootstrap
                    .channel(NioServerDomainSocketChannel.class)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            entry.accept(channel, null);
                        }
                    })
                    .bind(UnixDomainSocketAddress.of(path))
                    .syncUninterruptibly();
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
            return path;
        } catch (Exception e) {
            // There is the port.
            LOG.log(System.Logger.Level.WARNING, () -> "There is no " + name + " socket at " + path + ": " + e);
            return null;
        }
    }

    /** Of the port, with the number it got. */
    public InetSocketAddress address() {
        return (InetSocketAddress) port.localAddress();
    }

    /** Null if there is none. */
    public @Nullable Path socket() {
        return socket;
    }

    /** Takes no more connections at the port. */
    public void closePort(int seconds) {
        port.close().awaitUninterruptibly(seconds, TimeUnit.SECONDS);
    }

    /** Once the event loops are gone, and with them who answered there. */
    public void removeSocket() {
        if (socket == null) return;
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "a socket stays: " + e);
        }
    }
}
