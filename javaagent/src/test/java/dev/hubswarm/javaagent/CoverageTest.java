package dev.hubswarm.javaagent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.testkit.HubOnTls;
import java.nio.file.Files;
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

    /** With all versions and without TLS, too, with {@code -Dhubswarm.long=true}. */
    private static List<Arguments> clients() {
        boolean all = Boolean.getBoolean("hubswarm.long");
        List<Arguments> clients = new ArrayList<>();
        for (boolean tls : all ? new boolean[] {true, false} : new boolean[] {true}) {
            clients.add(Arguments.of("UrlProgram", "", tls));
            clients.add(Arguments.of("JdkProgram", "", tls));
            clients.add(Arguments.of("OkHttpProgram", "okhttp-3", tls));
            clients.add(Arguments.of("OkHttpProgram", "okhttp-5", tls));
            clients.add(Arguments.of("Apache4Program", "apache-4.5", tls));
            clients.add(Arguments.of("Apache5Program", "apache-5.0", tls));
            clients.add(Arguments.of("Apache5Program", "apache-5.6", tls));
            if (!all) continue;
            clients.add(Arguments.of("OkHttpProgram", "okhttp-4", tls));
            clients.add(Arguments.of("Apache4Program", "apache-4.3", tls));
            clients.add(Arguments.of("Apache5Program", "apache-5.2", tls));
        }
        return clients;
    }

    /** With TLS they have a proxy, trust, pins and cookies from their programs, and speak HTTP/2 if they can. */
    @ParameterizedTest
    @MethodSource("clients")
    void seesTheSame(String program, String library, boolean isTls) throws Exception {
        String main = "dev.hubswarm.javaagent.host." + program;
        String classPath = Jvm.classPath(library);
        try (Hub hub = Hub.start();
                HubOnTls tls = new HubOnTls(
                        hub.address(), hub.stub().cdnEndpoint(), Files.createDirectory(home.resolve("tls")));
                LocalAgent agent = new LocalAgent(home, hub.address())) {
            String address = isTls ? "https://huggingface.co" : hub.address();
            Jvm jvm = isTls ? Jvm.own(home).with(tls.ownOptions()) : Jvm.own(home);
            Jvm.Ran before = jvm.run(classPath, main, address, "all");
            List<String> without = before.out(0);
            List<String> asked = tls.asked();
            Jvm.Ran with = jvm.withAgent(address).run(classPath, main, address, "all");

            assertEquals("", difference(without, with.out(0)));
            assertEquals(before.err(), with.err());
            // Every byte of a large file, and none else; the CDN itself was asked for heads, what it has to refuse, and
            // where conditions refer to what it said before.
            assertEquals(fromCdn(without), agent.sent());
            assertEquals("", difference(asked, tls.asked()), "what the Hub was asked");
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
                .filter(line -> !line.contains(" if range ")
                        && line.contains("/xet-bridge-us/")
                        && line.matches(".* \\| 20[06] \\| .*"))
                .mapToLong(line -> Long.parseLong(line.replaceFirst(".* (\\d+) bytes .*", "$1")))
                .sum();
    }
}
