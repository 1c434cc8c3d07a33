package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.LeakCheck;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A Java program that knows nothing of us, with the flag, on machines that fetch from each other. */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class JavaAgentTest {
    private static final int MIB = 1 << 20;
    private static final String PROGRAM = """
            import java.net.URI;
            import java.net.http.*;
            import java.nio.file.Path;

            class Fetch {
                public static void main(String[] arguments) throws Exception {
                    HttpClient client =
                            HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();
                    HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0])).build();
                    var answer = client.send(request, HttpResponse.BodyHandlers.ofFile(Path.of(arguments[1])));
                    System.out.println(answer.statusCode());
                }
            }
            """;

    @TempDir
    Path folder;

    private final HubStub hub = HubStub.builder().start();
    private final StubContent content = StubContent.generated(1, 48 * MIB + 1);

    @BeforeEach
    void fill() throws Exception {
        hub.put(StubRepo.model("org/model").xet("model.safetensors", content).build());
        Path source = Files.writeString(folder.resolve("Fetch.java"), PROGRAM);
        // A program run from its source would have the compiler in its JVM, too, and start later.
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, source.toString()));
    }

    @AfterEach
    void closeHub() {
        hub.close();
    }

    private Sandbox machine(String name) throws Exception {
        return Sandbox.in(Files.createDirectory(folder.resolve(name)), hub);
    }

    private ProcessBuilder program(Sandbox machine, Path out, String... options) {
        Path root = Objects.requireNonNull(Hubswarm.jar().getParent()).resolve("../..");
        Path agent = root.resolve("javaagent/target/hubswarm-javaagent.jar").normalize();
        return machine.program(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-javaagent:" + agent + "=upstream=" + hub.endpoint() + "," + String.join(",", options),
                "-cp",
                folder.toString(),
                "Fetch",
                hub.endpoint() + "/org/model/resolve/main/model.safetensors",
                out.toString()));
    }

    private void assertFetches(Sandbox machine, String name, String... options) throws Exception {
        Path out = folder.resolve(name);
        Ran ran = Ran.of(program(machine, out, options)).exits(0);
        assertEquals("200", ran.out().strip(), ran::toString);
        assertEquals("", ran.err());
        assertArrayEquals(content.bytes(), Files.readAllBytes(out));
    }

    private static boolean isShared(JsonNode status) {
        return status.path("seeds").path(0).path("state").asString().equals("shared");
    }

    @Test
    void theSecondMachineHasItFromTheFirst() throws Exception {
        Sandbox one = machine("first");
        try (RunningAgent first = RunningAgent.start(one)) {
            assertFetches(one, "one");
            first.await(JavaAgentTest::isShared);
            Sandbox two = machine("second");
            try (RunningAgent second = RunningAgent.start(two, "--tracker", first.tracker(), "--mode", "offload")) {
                long before = hub.totals().bodyBytes();
                assertFetches(two, "two");
                long fromHub = hub.totals().bodyBytes() - before;
                assertTrue(fromHub < content.size() / 10, fromHub + " bytes left the Hub; " + second.said());
            }
            assertFetches(two, "without an agent");
        }
    }

    @Test
    void anAgentThatIsKilledInTheMidstCostsNothing() throws Exception {
        Sandbox machine = machine("only");
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(8 * MIB));
        Path out = folder.resolve("out");
        try (RunningAgent agent = RunningAgent.start(machine)) {
            Process running = program(machine, out)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("said").toFile())
                    .start();
            agent.await(status -> status.path("transfers").size() == 1);
            agent.process().destroyForcibly().waitFor();
            assertEquals(0, running.waitFor(), Files.readString(folder.resolve("said")));
        }
        assertArrayEquals(content.bytes(), Files.readAllBytes(out));
    }

    /** Its first file is the Hub's, since nobody waits for the agent; the next is the agent's. */
    @Test
    void itStartsTheAgentOnThePathIfItIsTold() throws Exception {
        Path bin = Files.createDirectory(folder.resolve("bin"));
        Path hubswarm = bin.resolve("hubswarm");
        Files.writeString(hubswarm, "#!/bin/sh\nexec '" + String.join("' '", Hubswarm.quick()) + "' \"$@\"\n");
        Files.setPosixFilePermissions(hubswarm, PosixFilePermissions.fromString("rwx------"));
        Sandbox machine = machine("only").with("PATH", bin + File.pathSeparator + System.getenv("PATH"));
        for (String option : List.of("LISTEN", "CONTROL", "TRACKER_LISTEN"))
            machine = machine.with("HUBSWARM_UP_" + option, "127.0.0.1:0");
        machine = machine.with("HUBSWARM_UP_PEER_PORT", 0);
        assertFetches(machine, "first", "autostart=true", "mode=offload");
        Path note = machine.state().resolve("agent.json");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!Files.exists(note) && System.nanoTime() < end) Thread.onSpinWait();
        try {
            assertFetches(machine, "second", "autostart=true");
            JsonNode status = machine.run("status", "--json").exits(0).json();
            assertEquals(1, status.path("seeds").size(), status::toString);
        } finally {
            machine.run("down");
        }
    }
}
