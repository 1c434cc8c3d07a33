package dev.hubswarm.javaagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.javaagent.LocalAgent.Way;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever the agent does, the program gets the Hub's bytes and says nothing about it. */
final class FailureTest {
    private static final String HOST = "dev.hubswarm.javaagent.host.";

    private static final List<Way> WAYS = Boolean.getBoolean("hubswarm.long")
            ? List.of(Way.CUT, Way.OTHER_FILE, Way.RESET, Way.REFUSE)
            : List.of(Way.CUT, Way.OTHER_FILE);

    @TempDir
    Path home;

    @ParameterizedTest
    @CsvSource({
        "UrlProgram, ''",
        "JdkProgram, ''",
        "OkHttpProgram, okhttp-3",
        "OkHttpProgram, okhttp-5",
        "Apache4Program, apache-4.5",
        "Apache5Program, apache-5.0",
        "Apache5Program, apache-5.6",
    })
    void getsAllBytesWhateverTheAgentDoes(String program, String library) throws Exception {
        String classPath = Jvm.classPath(library);
        try (Hub hub = Hub.start();
                LocalAgent agent = new LocalAgent(home, hub.address())) {
            Jvm jvm = Jvm.own(home);
            Jvm.Ran before = jvm.run(classPath, HOST + program, hub.address(), "get");
            List<String> without = before.out(0);
            for (Way way : WAYS) {
                agent.goes(way);
                int asked = agent.asked();
                Jvm.Ran with = jvm.withAgent(hub.address()).run(classPath, HOST + program, hub.address(), "get");
                assertEquals(without, with.out(0), way + " " + with);
                assertEquals(before.err(), with.err(), way.toString());
                assertTrue(agent.asked() > asked, way.toString());
            }
            agent.kill();
            Jvm.Ran gone = jvm.withAgent(hub.address()).run(classPath, HOST + program, hub.address(), "get");
            assertEquals(without, gone.out(0));
            assertEquals(before.err(), gone.err());
        }
    }
}
