package dev.hubswarm.javaagent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
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

    private static void without(String missing, Path to) throws IOException {
        try (JarFile from = new JarFile(Jvm.AGENT.toFile());
                var out = new java.util.jar.JarOutputStream(Files.newOutputStream(to), from.getManifest())) {
            for (var entry : from.stream().toList()) {
                if (entry.getName().equals("META-INF/MANIFEST.MF")
                        || entry.getName().contains(missing + ".c")) continue;
                out.putNextEntry(new ZipEntry(entry.getName()));
                from.getInputStream(entry).transferTo(out);
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
