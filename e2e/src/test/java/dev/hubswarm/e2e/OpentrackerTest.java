package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.testkit.FreePort;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerclient.announce.Announcement;
import dev.hubswarm.trackerclient.announce.Announcer;
import dev.hubswarm.trackerclient.announce.Progress;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our announces at a tracker of others, by HTTP and UDP; over IPv4, since Debian builds it without IPv6. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(LeakCheck.class)
final class OpentrackerTest {
    private static final String LISTED = "00ff2b25207e4100000000000000000000000%03d";
    private static final SwarmKey NOT_LISTED = SwarmKey.of(Hash.ofHex("f".repeat(40)));
    private static final Progress SEEDER = new Progress(0, 0, 0);
    private static final Progress LEECHER = new Progress(0, 0, 5);

    private int port;
    private Process opentracker;
    private int swarms;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        port = FreePort.at(InetAddress.getLoopbackAddress());
        StringBuilder listed = new StringBuilder();
        for (int i = 0; i < 10; i++) listed.append(LISTED.formatted(i)).append('\n');
        Files.writeString(folder.resolve("whitelist"), listed);
        // Started by root it becomes nobody before it reads.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        String number = Integer.toString(port);
        opentracker = new ProcessBuilder(
                        Tools.require("opentracker").toString(),
                        "-i",
                        "127.0.0.1",
                        "-p",
                        number,
                        "-P",
                        number,
                        "-d",
                        ".",
                        "-w",
                        "whitelist")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!listens()) {
            assertTrue(opentracker.isAlive() && System.nanoTime() - end < 0, "opentracker did not start");
            opentracker.waitFor(50, TimeUnit.MILLISECONDS);
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @AfterAll
    void stop() throws InterruptedException {
        opentracker.destroyForcibly().waitFor();
    }

    /** One machine. */
    private static final class Machine implements AutoCloseable {
        private final TrackerHttp http = new TrackerHttp("hubswarm-test", TlsTrust.ofRuntime());
        private final Announcer announcer;
        private final Heard heard = new Heard();

        Machine(int port) {
            PeerId id = new PeerId(port, port, port);
            announcer = new Announcer(http, id, port, any -> false, new Random(port));
        }

        Announcement announce(String url, SwarmKey swarm, Progress progress) throws UserError {
            return announcer.announce(swarm, List.of(List.of(TrackerUrl.parse(url))), () -> progress, heard);
        }

        @Override
        public void close() {
            announcer.close();
            http.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "udp"})
    void twoMachinesFindEachOtherAndLeave(String scheme) throws Exception {
        String url = scheme + "://127.0.0.1:" + port;
        SwarmKey swarm = SwarmKey.of(Hash.ofHex(LISTED.formatted(swarms++)));
        try (Machine seeder = new Machine(16881);
                Machine leecher = new Machine(16882)) {
            seeder.announce(url, swarm, SEEDER);
            // It tells us of ourselves, too.
            assertEquals(List.of(), seeder.heard.next());
            Announcement joined = leecher.announce(url, swarm, LEECHER);
            assertEquals(List.of(loopback(16881)), leecher.heard.next());
            joined.completed();
            leecher.heard.next();
        }
        try (Machine late = new Machine(16883)) {
            late.announce(url, swarm, LEECHER);
            assertEquals(List.of(), late.heard.next(), "both said goodbye");
        }
    }

    @Test
    void whatItDoesNotListIsRefusedInItsWords() throws Exception {
        try (Machine machine = new Machine(16884)) {
            machine.announce("http://127.0.0.1:" + port, NOT_LISTED, LEECHER);
            assertEquals("Requested download is not authorized for use with this tracker.", machine.heard.next());
        }
    }

    private static PeerAddress loopback(int port) {
        return PeerAddress.v4(0x7f000001, port);
    }
}
