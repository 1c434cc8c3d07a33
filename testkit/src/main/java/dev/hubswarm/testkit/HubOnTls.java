package dev.hubswarm.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The stub under the Hub's own names, with TLS and HTTP/2, for programs that know no other: behind a proxy that opens
 * tunnels to it. Thread-safe.
 */
public final class HubOnTls implements AutoCloseable {
    private static final String PASSWORD = "changeit";

    private final ServerSocket proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Path trust;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "hub-on-tls");
        thread.setDaemon(true);
        return thread;
    });
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel server;
    private final HubFront front;

    /**
     * @param hub address of the stub
     * @param cdn where it sends programs for large files
     * @param folder for keys; empty
     */
    public HubOnTls(String hub, String cdn, Path folder) throws Exception {
        TestTls tls = TestTls.create(folder, "dns:huggingface.co,dns:cas-bridge.xethub.hf.co");
        trust = folder.resolve("trust.p12");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream pem = Files.newInputStream(tls.pem())) {
            store.setCertificateEntry(
                    "hub", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        try (OutputStream out = Files.newOutputStream(trust)) {
            store.store(out, PASSWORD.toCharArray());
        }
        SslContext context = SslContextBuilder.forServer(
                        tls.pem().toFile(), tls.key().toFile())
                .sslProvider(SslProvider.JDK)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        "h2",
                        "http/1.1"))
                .build();
        front = new HubFront(hub, cdn, threads);
        server = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(context.newHandler(channel.alloc()), front.negotiation());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
        threads.execute(this::accept);
    }

    /** For a JVM that is to find it. */
    public List<String> options() {
        return List.of(
                "-Dhttps.proxyHost=127.0.0.1",
                "-Dhttps.proxyPort=" + proxy.getLocalPort(),
                "-Djavax.net.ssl.trustStore=" + trust,
                "-Djavax.net.ssl.trustStorePassword=" + PASSWORD);
    }

    /** For a program that is to find it by what it tells its client. */
    public List<String> ownOptions() {
        return List.of("-Down.proxy=" + proxy.getLocalPort(), "-Down.trust=" + trust, "-Down.password=" + PASSWORD);
    }

    /** Bytes of bodies that programs had of the CDN itself. */
    public long fromCdn() {
        return front.fromCdn();
    }

    /** What the Hub was asked since the last call, in order, the CDN left out. */
    public List<String> asked() {
        return front.asked();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = proxy.accept();
                threads.execute(() -> tunnel(socket));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void tunnel(Socket in) {
        InetSocketAddress to = (InetSocketAddress) server.localAddress();
        try (in;
                Socket out = new Socket(to.getAddress(), to.getPort())) {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int got = in.getInputStream().read();
                if (got < 0) return;
                head.append((char) got);
            }
            in.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(ISO_8859_1));
            threads.execute(() -> pass(in, out));
            out.getInputStream().transferTo(in.getOutputStream());
        } catch (IOException e) {
            // One side left.
        }
    }

    private static void pass(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            // One side left.
        }
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        threads.shutdownNow();
    }
}
