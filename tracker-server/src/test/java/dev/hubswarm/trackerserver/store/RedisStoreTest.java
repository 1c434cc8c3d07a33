package dev.hubswarm.trackerserver.store;

import dev.hubswarm.base.TlsTrust;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
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

    @AfterEach
    void stopRedis() {
        if (redis != null) redis.close();
    }
}
