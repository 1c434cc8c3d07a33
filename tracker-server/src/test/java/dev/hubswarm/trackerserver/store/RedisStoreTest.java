package dev.hubswarm.trackerserver.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.base.TlsTrust;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("peer")
final class RedisStoreTest extends StoreConformance {
    @TempDir
    private Path folder;

    private @Nullable RedisProcess redis;

    @Override
    TrackerStore open() throws Exception {
        RedisProcess started = RedisProcess.start(Files.createDirectory(folder.resolve("redis")));
        redis = started;
        return RedisStore.open(started.uri(), folder.resolve("state"), TlsTrust.ofRuntime(), TOKENS);
    }

    @Test
    void theOperatorIsToldWhichRedisAndWhichCopy() {
        int port = Objects.requireNonNull(redis).uri().port();
        Path copy = folder.resolve("state").resolve("redis-127.0.0.1-" + port + "-0-1.db");
        assertEquals("Redis at 127.0.0.1:" + port + ", database 0, with a copy in " + copy, store.toString());
    }

    @AfterEach
    void stopRedis() {
        if (redis != null) redis.close();
    }
}
