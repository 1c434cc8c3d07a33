package dev.hubswarm.javaagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.javaagent.LocalAgent.Way;
import dev.hubswarm.testkit.HubOnTls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Libraries as they are in Maven Central, at the Hub's own address, behind a proxy, with a trust store of their own. */
@Tag("e2e")
final class RealProgramsTest {
    /** Jlama is of Java 20 and newer. */
    private static final Set<String> OF_JAVA_17 = Set.of("djl", "spring-ai");

    @TempDir
    Path home;

    @ParameterizedTest
    @ValueSource(strings = {"djl", "spring-ai", "jlama", "langchain4j"})
    void getTheirModelsFromTheAgentAndWhateverItDoes(String program) throws Exception {
        try (Hub hub = Hub.start();
                HubOnTls tls = new HubOnTls(
                        hub.address(), hub.stub().cdnEndpoint(), Files.createDirectory(home.resolve("tls")));
                LocalAgent agent = new LocalAgent(home, hub.address())) {
            Jvm jvm = (OF_JAVA_17.contains(program) ? Jvm.own(home) : Jvm.ofJdk("25+", home)).with(tls.options());
            List<String> without = run(jvm, program, "without");
            assertFalse(without.isEmpty());
            long size = tls.fromCdn();
            assertTrue(size >= Hub.SIZE);

            Jvm with = jvm.with("-javaagent:" + Jvm.AGENT);
            assertEquals(without, run(with, program, "served"));
            assertEquals(size, tls.fromCdn(), "all came from the agent");
            assertEquals(size, agent.sent());

            for (Way way : new Way[] {Way.CUT, Way.RESET}) {
                agent.goes(way);
                assertEquals(without, run(with, program, way.toString()));
            }
            agent.kill();
            assertEquals(without, run(with, program, "gone"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"before", "behind"})
    void liveWithOpenTelemetryInTheSameProgram(String place) throws Exception {
        String classPath = Jvm.classPath("okhttp-3");
        String program = "dev.hubswarm.javaagent.host.OkHttpProgram";
        String other = "-javaagent:" + Jvm.host("opentelemetry", "opentelemetry-javaagent-");
        try (Hub hub = Hub.start();
                LocalAgent agent = new LocalAgent(home, hub.address())) {
            Jvm quiet = Jvm.own(home)
                    .with("-Dotel.traces.exporter=none", "-Dotel.metrics.exporter=none", "-Dotel.logs.exporter=none");
            List<String> without =
                    quiet.run(classPath, program, hub.address(), "sync get").out(0);
            Jvm both = place.equals("before")
                    ? quiet.withAgent(hub.address()).with(other)
                    : quiet.with(other).withAgent(hub.address());
            assertEquals(
                    without,
                    both.run(classPath, program, hub.address(), "sync get").out(0));
            assertEquals(without.size(), agent.asked());
        }
    }

    private List<String> run(Jvm jvm, String program, String name) throws Exception {
        Path folder = Files.createDirectory(home.resolve(name));
        Jvm.Ran ran = jvm.run(
                Jvm.classPath(program),
                "dev.hubswarm.javaagent.host.RealPrograms",
                program,
                folder.toString(),
                "acme/jlama");
        return ran.out(0);
    }
}
