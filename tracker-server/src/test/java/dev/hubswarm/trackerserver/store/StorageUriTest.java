package dev.hubswarm.trackerserver.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import dev.hubswarm.trackerserver.store.StorageUri.Memory;
import dev.hubswarm.trackerserver.store.StorageUri.Redis;
import dev.hubswarm.trackerserver.store.StorageUri.Sqlite;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StorageUriTest {
    @Test
    void everyKindHasItsForm() throws Exception {
        assertEquals(new Memory(), StorageUri.parse("memory"));
        assertEquals(new Sqlite(Path.of("/var/lib/a b.db")), StorageUri.parse("sqlite:/var/lib/a b.db"));
        assertEquals(new Sqlite(Path.of("here.db")), StorageUri.parse("sqlite:here.db"));
        assertEquals(new Redis("cache", 6379, null, 0, false), StorageUri.parse("redis://cache"));
        assertEquals(
                new Redis("10.0.0.1", 6380, new Redacted("p@ss"), 3, true),
                StorageUri.parse("rediss://:p%40ss@10.0.0.1:6380/3"));
        assertEquals(new Redis("[::1]", 1, null, 0, false), StorageUri.parse("redis://[::1]:1/"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sqlite:",
                "sqlite",
                "Memory",
                "mysql://secret@host/1",
                "redis://",
                "redis:host",
                "redis://user:secret@host/0",
                "redis://:secret@host/x",
                "redis://:secret@host/-1",
                "redis://:secret@host/0?a=b",
                "redis://:sec ret@host/0",
                "redis://:secret@host:65536/0",
                "redis://:secret@host:99999999999/0"
            })
    void anythingElseIsRefusedWithoutItsSecret(String text) {
        String message = String.valueOf(
                assertThrows(UserError.class, () -> StorageUri.parse(text)).getMessage());
        assertTrue(message.contains("sqlite:FILE"), message);
        assertFalse(message.contains("sec"), message);
    }

    @Test
    void aPasswordIsNotPrinted() throws Exception {
        assertFalse(StorageUri.parse("redis://:secret@host/0").toString().contains("secret"));
    }
}
