package dev.hubswarm.javaagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the host notices of the agent: nothing. */
final class HostTest {
    private static final String QUIET = "dev.hubswarm.javaagent.host.QuietProgram";
    private static final String URL = "dev.hubswarm.javaagent.host.UrlProgram";

    @TempDir
    Path home;

    @Test
    void theJarShowsNoClassButTheWayIn() throws IOException {
        try (JarFile jar = new JarFile(Jvm.AGENT.toFile())) {
            List<String> visible = jar.stream()
                    .filter(entry -> !entry.isDirectory())
                    .map(ZipEntry::getName)
                    .filter(name -> !name.startsWith("inst/") || !name.endsWith(".classdata"))
                    .sorted()
                    .toList();
            assertEquals(
                    List.of(
                            "META-INF/LICENSE.asm",
                            "META-INF/MANIFEST.MF",
                            "dev/hubswarm/javaagent/AgentLoader.class",
                            "dev/hubswarm/javaagent/Premain.class"),
                    visible);
            List<String> others = jar.stream()
                    .map(ZipEntry::getName)
                    .filter(name -> name.endsWith(".classdata"))
                    .filter(name -> !name.startsWith("inst/dev/hubswarm/javaagent/")
                            && !name.startsWith("inst/org/objectweb/asm/")
                            && !name.equals("inst/java/lang/HubswarmBridge.classdata"))
                    .toList();
            assertEquals(List.of(), others);
        }
    }

    @Test
    void threadsPropertiesLogManagerAndClassesAreAsWithout() throws Exception {
        Jvm jvm = Jvm.own(home);
        List<String> without = jvm.run(Jvm.classPath(""), QUIET).out(0);
        Jvm.Ran with = jvm.withAgent("http://127.0.0.1:1").run(Jvm.classPath(""), QUIET);
        assertEquals(String.join("\n", without), String.join("\n", with.out(0)));
        assertEquals(List.of(), with.err());
        assertTrue(without.contains("class dev.hubswarm.javaagent.host.OwnLogManager"), without::toString);
    }

    @Test
    void aWrongOptionIsOneLineAndNoMore() throws Exception {
        for (String option : List.of("nonsense", "clients=curl", "upstream=huggingface.co", "agent=http://nowhere")) {
            Jvm.Ran ran =
                    Jvm.own(home).with("-javaagent:" + Jvm.AGENT + "=" + option).run(Jvm.classPath(""), QUIET);
            assertEquals(0, ran.code());
            assertEquals(1, ran.err().size(), ran::toString);
            assertTrue(ran.err().get(0).startsWith("hubswarm: The Java agent is off"), ran::toString);
        }
    }

    @Test
    void whatIsMissingInTheJarSwitchesItOff() throws Exception {
        for (String missing : List.of("core/Startup", "weave/Weaver", "huc/Inside", "core/Steering")) {
            Path broken = home.resolve("broken.jar");
            without(missing, broken);
            try (Hub hub = Hub.start()) {
                Jvm.Ran ran = Jvm.own(home)
                        .with("-javaagent:" + broken + "=upstream=" + hub.address())
                        .run(Jvm.classPath(""), URL, hub.address(), "sync get");
                assertEquals(0, ran.code());
                assertEquals(1, ran.err().size(), ran::toString);
                assertTrue(ran.out().get(0).startsWith("sync get | 200"), ran::toString);
            }
        }
    }

    @Test
    void whatIsDamagedInTheJarSwitchesItOff() throws Exception {
        Path broken = home.resolve("broken.jar");
        try (Hub hub = Hub.start()) {
            for (String damaged : List.of("core/Options", "core/Hooks", "weave/MethodWeaver", "HubswarmBridge")) {
                copy(broken, (name, bytes) -> name.contains(damaged + ".c") ? Arrays.copyOf(bytes, 100) : bytes);
                Jvm.Ran ran = Jvm.own(home)
                        .with("-javaagent:" + broken + "=upstream=" + hub.address())
                        .run(Jvm.classPath(""), URL, hub.address(), "sync get");
                assertTrue(ran.out(0).get(0).startsWith("sync get | 200"), ran::toString);
                assertEquals(1, ran.err().size(), ran::toString);
            }
        }
    }

    private static void without(String missing, Path to) throws IOException {
        copy(to, (name, bytes) -> name.contains(missing + ".c") ? null : bytes);
    }

    /** Of the agent's jar, with other entries or without. */
    private static void copy(Path to, BiFunction<String, byte[], byte @Nullable []> change) throws IOException {
        try (JarFile from = new JarFile(Jvm.AGENT.toFile());
                var out = new JarOutputStream(Files.newOutputStream(to), from.getManifest())) {
            for (ZipEntry entry : from.stream().toList()) {
                byte[] bytes =
                        change.apply(entry.getName(), from.getInputStream(entry).readAllBytes());
                if (bytes == null || entry.getName().equals("META-INF/MANIFEST.MF")) continue;
                out.putNextEntry(new ZipEntry(entry.getName()));
                out.write(bytes);
            }
        }
    }

    /** Which newer JVMs do not have, and refuse to start with, whatever else they are given. */
    @Test
    void underASecurityManagerItLeaves() throws Exception {
        Path policy = Files.writeString(home.resolve("policy"), "grant { permission java.security.AllPermission; };");
        try (Hub hub = Hub.start();
                LocalAgent agent = new LocalAgent(home, hub.address())) {
            Jvm managed = Jvm.own(home).with("-Djava.security.manager", "-Djava.security.policy==" + policy);
            Jvm.Ran without = managed.run(Jvm.classPath(""), URL, hub.address(), "sync get");
            Jvm.Ran with = managed.withAgent(hub.address()).run(Jvm.classPath(""), URL, hub.address(), "sync get");
            assertEquals(without, with);
            assertEquals(0, agent.asked());
        }
    }

    @Test
    void itMayBeGivenTwice() throws Exception {
        try (Hub hub = Hub.start();
                LocalAgent agent = new LocalAgent(home, hub.address())) {
            Jvm.Ran ran = Jvm.own(home)
                    .withAgent(hub.address())
                    .withAgent(hub.address())
                    .run(Jvm.classPath(""), URL, hub.address(), "sync get");
            assertEquals(List.of(), ran.err());
            assertEquals(2, agent.asked(), ran::toString);
        }
    }

    /** What a request to the Hub left behind would be taken for a part of the next. */
    @Test
    void aRequestThatFailsLeavesNothingBehind() throws Exception {
        try (Hub hub = Hub.start()) {
            String nobody = "http://127.0.0.1:1";
            String program = "dev.hubswarm.javaagent.host.FailingProgram";
            Jvm jvm = Jvm.own(home);
            Jvm.Ran without = jvm.run(Jvm.classPath("okhttp-3"), program, nobody, hub.address());
            Jvm.Ran with =
                    jvm.withAgent(nobody, "log=debug").run(Jvm.classPath("okhttp-3"), program, nobody, hub.address());
            assertEquals(5, without.out(0).size(), without::toString);
            assertEquals(without, with);
        }
    }

    /** Of which it has newer ones itself, or none. */
    @Test
    void oldLibrariesOfTheHostAreItsOwn() throws Exception {
        try (Hub hub = Hub.start();
                LocalAgent agent = new LocalAgent(home, hub.address())) {
            Jvm jvm = Jvm.own(home);
            String program = "dev.hubswarm.javaagent.host.OldProgram";
            Jvm.Ran without = jvm.run(Jvm.classPath("old"), program, hub.address(), "sync get");
            Jvm.Ran with = jvm.withAgent(hub.address()).run(Jvm.classPath("old"), program, hub.address(), "sync get");
            assertEquals(without.out(0), with.out(0));
            // OkHttp 3.8 is older than what can be served, which is said once.
            assertEquals(without.err().size() + 1, with.err().size(), with::toString);
            assertEquals(0, agent.asked());
        }
    }

    /** Nor what is no answer to this request, though it names the file. */
    @Test
    void whoeverElseListensAtTheAgentsPortIsNotBelieved() throws Exception {
        try (Hub hub = Hub.start();
                ServerSocket other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            List<String> without = Jvm.own(home)
                    .run(Jvm.classPath(""), URL, hub.address(), "get")
                    .out(0);
            String named = "HTTP/1.1 200 OK\r\nETag: " + hub.etag() + "\r\n";
            Queue<String> answers = new ConcurrentLinkedQueue<>(List.of(
                    "SSH-2.0-OpenSSH_9.6\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nContent-Length: " + Hub.SIZE + "\r\n\r\n" + "x".repeat(Hub.SIZE),
                    named + "X: " + "x".repeat(200_000),
                    named + "Content-Length: " + (Hub.SIZE - 1) + "\r\n\r\n" + "x".repeat(Hub.SIZE - 1),
                    named + "Content-Length: " + "9".repeat(20) + "\r\n\r\nx",
                    named + "Content-Length: -1\r\n\r\nx",
                    named + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
                    named.replace("200", "206") + "Content-Length: " + Hub.SIZE + "\r\n\r\nx"));
            Thread thread = new Thread(() -> answer(other, answers), "another-server");
            thread.start();
            Jvm jvm = Jvm.own(home).withAgent(hub.address(), "agent=http://127.0.0.1:" + other.getLocalPort());
            for (int times = 0; times < 2; times++) {
                Jvm.Ran with = jvm.run(Jvm.classPath(""), URL, hub.address(), "get");
                assertEquals(without, with.out(0));
                assertEquals(List.of(), with.err());
            }
            thread.join();
            assertEquals(0, answers.size());
        }
    }

    @Test
    void aHomeInWhichOthersCouldListenIsNotLookedAt() throws Exception {
        try (Hub hub = Hub.start();
                LocalAgent agent = new LocalAgent(home, hub.address())) {
            Jvm jvm = Jvm.own(home).withAgent(hub.address());
            Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
            assertEquals(
                    2,
                    jvm.run(Jvm.classPath(""), URL, hub.address(), "sync get")
                            .out(0)
                            .size());
            assertEquals(0, agent.asked());
            Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
            jvm.run(Jvm.classPath(""), URL, hub.address(), "sync get");
            assertEquals(2, agent.asked());
        }
    }

    private static void answer(ServerSocket server, Queue<String> answers) {
        while (!answers.isEmpty()) {
            try (Socket socket = server.accept()) {
                socket.getInputStream().read();
                socket.getOutputStream().write(answers.remove().getBytes(StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
                // It had heard enough.
            }
        }
    }

    @Test
    void aProgramThatIsRunFromItsSourceIsServed() throws Exception {
        Path source = Files.writeString(home.resolve("Fetch.java"), """
                class Fetch {
                    public static void main(String[] arguments) throws Exception {
                        try (var in = new java.net.URL(arguments[0]).openStream()) {
                            System.out.println(in.readAllBytes().length);
                        }
                    }
                }
                """);
        try (Hub hub = Hub.start();
                LocalAgent agent = new LocalAgent(home, hub.address())) {
            Jvm.Ran ran = Jvm.own(home)
                    .withAgent(hub.address())
                    .run(".", source.toString(), hub.address() + "/acme/model/resolve/main/weights.bin");
            assertEquals(List.of(String.valueOf(Hub.SIZE)), ran.out(0));
            assertEquals(Hub.SIZE, agent.sent(), ran::toString);
        }
    }

    @Test
    void startsAnAgentIfItIsTold() throws Exception {
        Path bin = Files.createDirectory(home.resolve("bin"));
        Path told = home.resolve("told");
        Path hubswarm = Files.writeString(
                bin.resolve("hubswarm"),
                "#!/bin/sh\n{ echo \"$@\"; echo \"$HUBSWARM_HOME $JAVA_TOOL_OPTIONS\"; } > " + told + ".part\nmv "
                        + told + ".part " + told + "\n");
        Files.setPosixFilePermissions(hubswarm, PosixFilePermissions.fromString("rwx------"));
        try (Hub hub = Hub.start()) {
            Jvm.Ran ran = Jvm.own(home)
                    .withVariable("PATH", bin + File.pathSeparator + System.getenv("PATH"))
                    .withVariable("JAVA_TOOL_OPTIONS", "-Dx=y")
                    .withAgent(hub.address(), "autostart=true", "mode=offload")
                    .run(Jvm.classPath(""), URL, hub.address(), "sync get");
            assertEquals(2, ran.out(0).size(), "the Hub's own");
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (!Files.exists(told) && System.nanoTime() < end) Thread.onSpinWait();
            assertEquals(
                    List.of("up --detach --upstream " + hub.address() + " --mode offload", home + " "),
                    Files.readAllLines(told));
        }
    }

    /** One that was made without it does no harm; with {@code -Dhubswarm.long=true} AOT caches, too, made with and without. */
    @Test
    void cachesOfClassesAreRespected() throws Exception {
        // A class path of jars alone is what they are for.
        Path jar = home.resolve("program.jar");
        jarOf(Path.of("target", "test-classes"), jar);
        try (Hub hub = Hub.start();
                LocalAgent agent = new LocalAgent(home, hub.address())) {
            Jvm own = Jvm.own(home);
            String archive = home.resolve("program.jsa").toString();
            List<String> made = downloads(own.with("-XX:ArchiveClassesAtExit=" + archive), jar, hub);
            Jvm with = own.withAgent(hub.address()).with("-XX:SharedArchiveFile=" + archive);
            assertEquals(made, downloads(with, jar, hub));
            assertEquals(2, agent.asked());
            if (!Boolean.getBoolean("hubswarm.long")) return;

            Jvm plain = Jvm.ofJdk("25+", home);
            Jvm newest = plain.withAgent(hub.address());
            String cache = home.resolve("program.aot").toString();
            assertEquals(made, downloads(newest.with("-XX:AOTCacheOutput=" + cache), jar, hub));
            assertEquals(made, downloads(newest.with("-XX:AOTCache=" + cache, "-XX:AOTMode=on"), jar, hub));
            assertEquals(6, agent.asked());
            String other = home.resolve("other.aot").toString();
            assertEquals(made, downloads(plain.with("-XX:AOTCacheOutput=" + other), jar, hub));
            assertEquals(made, downloads(newest.with("-XX:AOTCache=" + other), jar, hub));
            assertEquals(8, agent.asked());
        }
    }

    /** The JVM has words of its own about caches. */
    private static List<String> downloads(Jvm jvm, Path jar, Hub hub) throws Exception {
        return jvm.run(jar.toString(), URL, hub.address(), "sync get").out(0).stream()
                .filter(line -> line.startsWith("sync get"))
                .toList();
    }

    private static void jarOf(Path folder, Path to) throws IOException {
        try (var out = new JarOutputStream(Files.newOutputStream(to));
                Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new ZipEntry(folder.relativize(file).toString()));
                Files.copy(file, out);
            }
        }
    }

    @Test
    void anAgentThatHangsCostsOneWait() throws Exception {
        try (Hub hub = Hub.start();
                LocalAgent agent = new LocalAgent(home, hub.address())) {
            agent.goes(LocalAgent.Way.HANG);
            Jvm.Ran ran = Jvm.own(home).withAgent(hub.address()).run(Jvm.classPath(""), URL, hub.address(), "sync get");
            assertEquals(2, ran.out(0).size());
            assertEquals(1, ran.err().size(), ran::toString);
            assertEquals(1, agent.asked());
        }
    }

    @Test
    void clientsThatWereMadeBeforeItWasAttachedAreServed() throws Exception {
        try (Hub hub = Hub.start();
                LocalAgent agent = new LocalAgent(home, hub.address())) {
            ProcessBuilder builder = new ProcessBuilder(
                            Jvm.own(home).java().toString(),
                            "-cp",
                            Jvm.classPath(""),
                            "dev.hubswarm.javaagent.host.WaitingProgram",
                            hub.address())
                    .redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().put("HUBSWARM_HOME", home.toString());
            Process process = builder.start();
            try (var out = process.inputReader()) {
                String line = out.readLine();
                while (!"ready".equals(line)) line = out.readLine();
                for (int times = 0; times < 2; times++) {
                    var machine = com.sun.tools.attach.VirtualMachine.attach(Long.toString(process.pid()));
                    machine.loadAgent(Jvm.AGENT.toString(), "upstream=" + hub.address());
                    machine.detach();
                }
                process.getOutputStream().write('\n');
                process.getOutputStream().close();
                assertEquals(
                        6, out.lines().filter(got -> got.contains("| 200 |")).count());
                assertEquals(0, process.waitFor());
            } finally {
                process.destroyForcibly();
            }
            assertEquals(6, agent.asked());
        }
    }
}
