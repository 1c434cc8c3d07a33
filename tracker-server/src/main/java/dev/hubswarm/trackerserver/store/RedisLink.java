package dev.hubswarm.trackerserver.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A connection to Redis. Commands are sent together, when an answer is waited for. Confined to one thread.
 *
 * <p>Whatever goes wrong is a {@link RedisException}; after one nothing is known about the commands before it, so the
 * link is to be closed.
 */
final class RedisLink implements AutoCloseable {
    /** Of what is kept in Redis, and how. */
    private static final byte[] SCHEMA = "1".getBytes(US_ASCII);
    /** The oldest that this was tried with. */
    private static final int LEAST_VERSION = 7;

    private final String name;
    private final StatefulRedisConnection<byte[], byte[]> connection;
    private final RedisAsyncCommands<byte[], byte[]> commands;

    /** Whose answers matter only if they are failures. */
    private final List<RedisFuture<?>> sent = new ArrayList<>();

    RedisLink(String name, StatefulRedisConnection<byte[], byte[]> connection) {
        this.name = name;
        this.connection = connection;
        this.commands = connection.async();
        connection.setAutoFlushCommands(false);
    }

    static byte[] key(String name) {
        return ("hubswarm:" + name).getBytes(US_ASCII);
    }

    /** What to call to have something sent. */
    RedisAsyncCommands<byte[], byte[]> commands() {
        return commands;
    }

    /** Has the command succeed before the next {@link #get} or {@link #settle} returns. */
    void send(RedisFuture<?> command) {
        sent.add(command);
    }

    /** Sends everything and waits for it. */
    <T> T get(RedisFuture<T> answer) {
        settle();
        return await(answer);
    }

    /** Sends everything and waits for what was given to {@link #send}. */
    void settle() {
        connection.flushCommands();
        for (RedisFuture<?> command : sent) await(command);
        sent.clear();
    }

    private <T> T await(RedisFuture<T> answer) {
        try {
            return answer.get(RedisServer.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw failure(e);
        } catch (TimeoutException e) {
            throw new RedisCommandTimeoutException(name + " does not answer in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RedisException(e);
        }
    }

    static RedisException failure(ExecutionException e) {
        return e.getCause() instanceof RedisException failure ? failure : new RedisException(e.getCause());
    }

    void check() throws UserError {
        RedisFuture<String> info = commands.info("server");
        send(commands.set(key("schema"), SCHEMA, SetArgs.Builder.nx()));
        RedisFuture<byte[]> schema = commands.get(key("schema"));
        String version = get(info)
                .lines()
                .filter(line -> line.startsWith("redis_version:"))
                .map(line -> line.substring("redis_version:".length()))
                .findFirst()
                .orElse("0");
        if (Integer.parseInt(version.split("\\.", 2)[0]) < LEAST_VERSION)
            throw new UserError(
                    Kind.FAILED, name + " is version " + version + ".", "Use version " + LEAST_VERSION + " or newer.");
        if (!Arrays.equals(get(schema), SCHEMA))
            throw new UserError(
                    Kind.FAILED,
                    name + " holds the catalogue of another version of hubswarm.",
                    "Give this version a database of its own, or let all trackers run the same version.");
    }

    @Override
    public void close() {
        connection.close();
    }
}
