package dev.hubswarm.trackerserver.store;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisLoadingException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.StaticCredentialsProvider;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultEventLoopGroupProvider;
import io.lettuce.core.resource.EventLoopGroupProvider;
import io.lettuce.core.resource.Transports;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/** Where Redis is, and how to reach it. Thread-safe. */
final class RedisServer implements AutoCloseable {
    /** For a connection and for each answer; an answer that takes longer would come too late for anybody. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private final String name;
    private final String place;
    private final RedisURI address;
    private final EventLoopGroupProvider loops = new DefaultEventLoopGroupProvider(1);
    private final Executor loop = loops.allocate(Transports.eventLoopGroupClass());

    private final ClientResources resources;
    private final RedisClient client;

    RedisServer(StorageUri.Redis uri, TlsTrust trust) {
        place = "Redis at " + uri.host() + ":" + uri.port() + ", database " + uri.database();
        name = "The Redis at " + uri.host() + ":" + uri.port();
        RedisURI.Builder there = RedisURI.builder()
                .withHost(uri.host())
                .withPort(uri.port())
                .withDatabase(uri.database())
                .withSsl(uri.tls())
                .withVerifyPeer(SslVerifyMode.FULL)
                .withTimeout(PATIENCE);
        if (uri.password() != null)
            there.withAuthentication(
                    new StaticCredentialsProvider(null, uri.password().reveal().toCharArray()));
        address = there.build();
        resources = ClientResources.builder()
                .eventLoopGroupProvider(loops)
                .computationThreadPoolSize(2)
                .build();
        client = RedisClient.create(resources);
        // Whose time-out stays longer than ours: silence is no refusal.
        SslOptions.Builder tls = SslOptions.builder();
        if (uri.tls()) tls.trustManager(trust.trustManagers());
        // Whoever connects again also compares what both sides have, so the library must not do it on its own.
        client.setOptions(ClientOptions.builder()
                .autoReconnect(false)
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .socketOptions(SocketOptions.builder().connectTimeout(PATIENCE).build())
                .sslOptions(tls.build())
                .build());
    }

    /**
     * Connects.
     *
     * @throws UserError if that will fail until somebody changes something
     * @throws RedisException if it may work later
     */
    RedisLink connect() throws UserError {
        RedisLink link;
        try {
            link = new RedisLink(name, open());
        } catch (RedisException e) {
            throw explained(e);
        }
        try {
            link.check();
            return link;
        } catch (UserError | RedisException e) {
            link.close();
            if (e instanceof RedisCommandExecutionException refusal && !(e instanceof RedisLoadingException))
                throw new UserError(
                        Kind.NOT_ALLOWED,
                        name + " refuses (" + code(refusal) + ").",
                        "Name the primary server, and let it allow every command for keys that begin with hubswarm:.",
                        refusal);
            throw e;
        }
    }

    /**
     * Begins on the one thread that the connection lives on, and with credentials that are there at once, so that
     * Lettuce stays on it. It asks how the handshake ended only after that has begun: from another thread it may ask
     * when the connection is closed already, and then tells of that instead of the refusal.
     */
    private StatefulRedisConnection<byte[], byte[]> open() {
        try {
            return CompletableFuture.completedFuture(client)
                    .thenComposeAsync(from -> from.connectAsync(ByteArrayCodec.INSTANCE, address), loop)
                    .get();
        } catch (ExecutionException e) {
            throw RedisLink.failure(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RedisException(e);
        }
    }

    /** The first word, such as READONLY or NOPERM. */
    private static String code(RedisCommandExecutionException refusal) {
        String answer = String.valueOf(refusal.getMessage());
        return answer.substring(0, (answer + " ").indexOf(' '));
    }

    /** Passes on what may work later. Quotes no answer: some repeat the question, and so the password. */
    private RedisException explained(RedisException e) throws UserError {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException)
                throw new UserError(
                        Kind.NOT_ALLOWED,
                        name + " speaks no TLS, or its certificate is not trusted.",
                        "Use the name that its certificate is for, let SSL_CERT_FILE name a PEM file with its authority, or"
                                + " use redis:// within a network that you trust.",
                        cause);
            if (!(cause instanceof RedisCommandExecutionException)) continue;
            String answer = String.valueOf(cause.getMessage());
            if (answer.startsWith("NOAUTH") || answer.startsWith("WRONGPASS"))
                throw new UserError(
                        Kind.NOT_ALLOWED,
                        name + " wants a password, or another one.",
                        "Put it into the URL: redis://:PASSWORD@HOST:PORT/DB, with % codes for special characters.");
            if (answer.contains("DB index"))
                throw new UserError(
                        Kind.USAGE, name + " has no such database.", "Take a smaller number at the end of the URL.");
        }
        return e;
    }

    /** That it cannot be reached, for a start that needs it. */
    UserError unreachable(RedisException e) {
        return new UserError(
                Kind.FAILED,
                name + " cannot be reached.",
                "Start it, or correct --storage: host, port, and rediss:// if it speaks TLS, redis:// if not.",
                e);
    }

    /** Which part of which server. */
    String place() {
        return place;
    }

    @Override
    public String toString() {
        return name;
    }

    @Override
    public void close() {
        client.shutdown(0, PATIENCE.toSeconds(), TimeUnit.SECONDS);
        resources.shutdown(0, PATIENCE.toSeconds(), TimeUnit.SECONDS).awaitUninterruptibly();
        loops.shutdown(0, PATIENCE.toSeconds(), TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
