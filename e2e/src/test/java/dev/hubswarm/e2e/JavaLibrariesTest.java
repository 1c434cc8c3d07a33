package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.hubstub.Fault;
import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.hubstub.Route;
import dev.hubswarm.hubstub.StubContent;
import dev.hubswarm.hubstub.StubRepo;
import dev.hubswarm.testkit.HubOnTls;
import dev.hubswarm.testkit.LeakCheck;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Libraries as they are in Maven Central, with the flag and nothing else, at the Hub's own address: on the second of two
 * machines, and with an agent that is killed.
 */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class JavaLibrariesTest {
    private static final int SIZE = (16 << 20) + 1;
    private static final List<String> LIBRARIES = libraries();
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin/java");
    private static final Path MODULE = Objects.requireNonNull(Hubswarm.jar().getParent())
            .resolve("../../javaagent/target")
            .normalize();

    @TempDir
    Path folder;

    private final HubStub hub = HubStub.builder().start();
    private HubOnTls tls;

    @BeforeEach
    void fill() throws Exception {
        assertTrue(Files.isDirectory(MODULE.resolve("hosts/langchain4j")), "the module javaagent was not built");
        for (String library : LIBRARIES)
            hub.put(StubRepo.model("acme/" + library)
                    .xet("model.safetensors", StubContent.generated(library.hashCode(), SIZE))
                    .git("config.json", "{}")
                    .git("tokenizer.json", "{}")
                    .build());
        tls = new HubOnTls(hub.endpoint(), hub.cdnEndpoint(), Files.createDirectory(folder.resolve("tls")));
    }

    @AfterEach
    void close() throws Exception {
        tls.close();
        hub.close();
    }

    /** One, or with {@code -Dhubswarm.long=true} all that this JDK can run: Jlama is of Java 20 and newer. */
    private static List<String> libraries() {
        List<String> all = Runtime.version().feature() >= 20
                ? List.of("langchain4j", "jlama", "djl", "spring-ai")
                : List.of("djl", "spring-ai");
        return Boolean.getBoolean("hubswarm.long") ? all : all.subList(0, 1);
    }

    private Sandbox machine(String name) throws Exception {
        return Sandbox.in(Files.createDirectory(folder.resolve(name)), hub);
    }

    /** A program of a library, which prints what it has in the end. */
    private ProcessBuilder program(Sandbox machine, String library, Path to, boolean isAccelerated) throws Exception {
        List<String> command = new ArrayList<>(List.of(JAVA.toString(), "-XX:TieredStopAtLevel=1"));
        command.addAll(tls.options());
        if (isAccelerated) command.add("-javaagent:" + MODULE.resolve("hubswarm-javaagent.jar"));
        List<String> classPath =
                new ArrayList<>(List.of(MODULE.resolve("test-classes").toString()));
        try (Stream<Path> jars = Files.list(MODULE.resolve("hosts").resolve(library))) {
            jars.map(Path::toString).sorted().forEach(classPath::add);
        }
        command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath)));
        command.addAll(List.of("dev.hubswarm.javaagent.host.RealPrograms", library));
        command.addAll(List.of(Files.createDirectory(to).toString(), "acme/" + library));
        return machine.program(command);
    }

    private Map<String, String> runAll(Sandbox machine, String name, boolean isAccelerated) throws Exception {
        Map<String, String> said = new TreeMap<>();
        for (String library : LIBRARIES) {
            Path to = folder.resolve(name + "-" + library);
            said.put(
                    library,
                    Ran.of(program(machine, library, to, isAccelerated))
                            .exits(0)
                            .out());
        }
        return said;
    }

    private static boolean areShared(JsonNode status) {
        long shared = status.path("seeds")
                .valueStream()
                .filter(seed -> seed.path("state").asString().equals("shared"))
                .count();
        return shared == LIBRARIES.size();
    }

    @Test
    void getTheirModelsFromPeersAndWithoutAnAgentFromTheHub() throws Exception {
        Sandbox one = machine("one");
        Sandbox two = machine("two");
        Map<String, String> without = runAll(one, "without", false);
        without.values().forEach(said -> assertFalse(said.isBlank()));
        try (RunningAgent first = RunningAgent.start(one)) {
            assertEquals(without, runAll(one, "first", true));
            first.await(JavaLibrariesTest::areShared);
            try (RunningAgent second = RunningAgent.start(two, "--tracker", first.tracker(), "--mode", "offload")) {
                long before = hub.totals().bodyBytes();
                assertEquals(without, runAll(two, "second", true));
                long fromHub = hub.totals().bodyBytes() - before;
                long all = (long) LIBRARIES.size() * SIZE;
                assertTrue(fromHub < all / 10, fromHub + " of " + all + " bytes left the Hub; " + second.said());
            }
        }
        assertEquals(without, runAll(two, "gone", true));
    }

    @Test
    void noticeNothingWhenTheAgentIsKilledInTheMidst() throws Exception {
        Map<String, String> without = runAll(machine("without"), "without", false);
        hub.inject(request -> request.route() == Route.CDN, Integer.MAX_VALUE, new Fault.Rate(8 << 20));
        for (String library : LIBRARIES) {
            Sandbox machine = machine(library);
            Path said = folder.resolve(library + ".out");
            try (RunningAgent agent = RunningAgent.start(machine)) {
                Process running = program(machine, library, folder.resolve("killed-" + library), true)
                        .redirectOutput(said.toFile())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                agent.await(status -> status.path("transfers").size() == 1);
                agent.process().destroyForcibly().waitFor();
                assertEquals(0, running.waitFor(), Files.readString(said));
            }
            assertEquals(without.get(library), Files.readString(said));
        }
    }
}
