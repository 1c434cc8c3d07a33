package dev.hubswarm.javaagent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every client sees with the agent what it sees without, and gets the bytes of large files from it. */
final class CoverageTest {
    @TempDir
    Path home;

    /** Versions between these, or older than most hosts have, with {@code -Dhubswarm.long=true}. */
    private static List<Arguments> clients() {
        List<Arguments> clients = new ArrayList<>(List.of(
                Arguments.of("UrlProgram", ""),
                Arguments.of("JdkProgram", ""),
                Arguments.of("OkHttpProgram", "okhttp-3"),
                Arguments.of("OkHttpProgram", "okhttp-5"),
                Arguments.of("Apache4Program", "apache-4.5"),
                Arguments.of("Apache5Program", "apache-5.0"),
                Arguments.of("Apache5Program", "apache-5.6")));
        if (Boolean.getBoolean("hubswarm.long")) {
            clients.add(Arguments.of("OkHttpProgram", "okhttp-4"));
            clients.add(Arguments.of("Apache4Program", "apache-4.3"));
            clients.add(Arguments.of("Apache5Program", "apache-5.2"));
        }
        return clients;
    }

    @ParameterizedTest
    @MethodSource("clients")
    void seesTheSame(String program, String library) throws Exception {
        String main = "dev.hubswarm.javaagent.host." + program;
        String classPath = Jvm.classPath(library);
        try (Hub hub = Hub.start();
                LocalAgent agent = new LocalAgent(home, hub.address())) {
            Jvm jvm = Jvm.own(home);
            Jvm.Ran before = jvm.run(classPath, main, hub.address(), "all");
            List<String> without = before.out(0);
            Jvm.Ran with = jvm.withAgent(hub.address()).run(classPath, main, hub.address(), "all");

            assertEquals("", difference(without, with.out(0)));
            assertEquals(before.err(), with.err());
            // Every byte of a large file, and none else; the CDN itself was asked for heads and what it has to refuse.
            assertEquals(fromCdn(without), agent.sent());
        }
    }

    private static String difference(List<String> expected, List<String> actual) {
        StringBuilder differing = new StringBuilder();
        for (int i = 0; i < Math.max(expected.size(), actual.size()); i++) {
            String left = i < expected.size() ? expected.get(i) : "";
            String right = i < actual.size() ? actual.get(i) : "";
            if (!left.equals(right))
                differing.append("\n- ").append(left).append("\n+ ").append(right);
        }
        return differing.toString();
    }

    private static long fromCdn(List<String> lines) {
        return lines.stream()
                .filter(line -> line.contains("/xet-bridge-us/") && line.matches(".* \\| 20[06] \\| .*"))
                .mapToLong(line -> Long.parseLong(line.replaceFirst(".* (\\d+) bytes .*", "$1")))
                .sum();
    }
}
