package dev.hubswarm.trackerserver.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.testkit.TestTls;
import io.lettuce.core.RedisException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("peer")
final class RedisServerTest {
    private static final String PASSWORD = "a password: 100%/@";

    @TempDir
    private Path folder;

    @Test
    void connectsWithThePassword() throws Exception {
        try (RedisProcess redis = RedisProcess.start(folder, PASSWORD);
                RedisServer server = new RedisServer(redis.uri(), TlsTrust.of(null));
                RedisLink link = server.connect()) {
            assertNotNull(link.get(link.commands().get(RedisLink.key("schema"))));
        }
    }

    @Test
    void aWrongOrMissingPasswordIsForTheUserAndIsNotTold() throws Exception {
        try (RedisProcess redis = RedisProcess.start(folder, PASSWORD)) {
            for (String wrong : new String[] {"wrong" + PASSWORD, null}) {
                UserError error = refusal(redis.uri(wrong));
                assertEquals(Kind.NOT_ALLOWED, error.kind());
                StringWriter all = new StringWriter();
                error.printStackTrace(new PrintWriter(all));
                assertTrue(all.toString().contains("wants a password"), all.toString());
                assertFalse(all.toString().contains(PASSWORD), all.toString());
            }
        }
    }

    @Test
    void aDatabaseThatIsNotThereIsForTheUser() throws Exception {
        try (RedisProcess redis = RedisProcess.start(folder)) {
            StorageUri.Redis uri = redis.uri();
            UserError error = refusal(new StorageUri.Redis(uri.host(), uri.port(), null, 99, false));
            assertTrue(error.toString().contains("no such database"), error::toString);
        }
    }

    @Test
    void aCatalogueOfAnotherVersionIsLeftAlone() throws Exception {
        try (RedisProcess redis = RedisProcess.start(folder)) {
            try (RedisServer server = new RedisServer(redis.uri(), TlsTrust.of(null));
                    RedisLink link = server.connect()) {
                link.get(link.commands().set(RedisLink.key("schema"), new byte[] {'9'}));
            }
            UserError error = refusal(redis.uri());
            assertTrue(error.toString().contains("another version"), error::toString);
        }
    }

    @Test
    void aServerThatTakesNothingIsForTheUser() throws Exception {
        try (RedisProcess replica = RedisProcess.start(folder, null, "--replicaof", "127.0.0.1", "1")) {
            UserError error = refusal(replica.uri());
            assertTrue(error.toString().contains("refuses (READONLY)"), error::toString);
        }
    }

    @Test
    void aServerThatIsNotThereMayComeLater() throws Exception {
        StorageUri.Redis gone;
        try (RedisProcess redis = RedisProcess.start(folder)) {
            gone = redis.uri();
        }
        try (RedisServer server = new RedisServer(gone, TlsTrust.of(null))) {
            assertThrows(RedisException.class, server::connect);
        }
    }

    private static UserError refusal(StorageUri.Redis uri) throws UserError {
        return refusal(uri, null);
    }

    private static UserError refusal(StorageUri.Redis uri, @Nullable Path authorities) throws UserError {
        try (RedisServer server = new RedisServer(uri, TlsTrust.of(authorities))) {
            return assertThrows(UserError.class, server::connect);
        }
    }

    @Test
    void tlsIsForServersOfATrustedAuthorityOnly() throws Exception {
        TestTls tls = TestTls.create(folder, "ip:127.0.0.1");
        try (RedisProcess redis = RedisProcess.start(folder, PASSWORD, options(tls))) {
            try (RedisServer server = new RedisServer(redis.uri(), TlsTrust.of(tls.pem()));
                    RedisLink link = server.connect()) {
                assertEquals("PONG", link.get(link.commands().ping()));
            }
            assertTrue(refusal(redis.uri(), null).toString().contains("not trusted"));
            StorageUri.Redis uri = redis.uri();
            StorageUri.Redis otherName =
                    new StorageUri.Redis("localhost", uri.port(), uri.password(), uri.database(), true);
            assertTrue(refusal(otherName, tls.pem()).toString().contains("not trusted"));
        }
        try (RedisProcess plain = RedisProcess.start(folder)) {
            StorageUri.Redis uri = plain.uri();
            StorageUri.Redis asTls = new StorageUri.Redis(uri.host(), uri.port(), null, 0, true);
            // It waits for the end of what it takes for a line.
            try (RedisServer server = new RedisServer(asTls, TlsTrust.of(tls.pem()))) {
                assertThrows(RedisException.class, server::connect);
            }
        }
    }

    private static String[] options(TestTls tls) {
        return new String[] {
            "--tls-port",
            "--port",
            "0",
            "--tls-auth-clients",
            "no",
            "--tls-key-file",
            tls.key().toString(),
            "--tls-cert-file",
            tls.pem().toString()
        };
    }
}
