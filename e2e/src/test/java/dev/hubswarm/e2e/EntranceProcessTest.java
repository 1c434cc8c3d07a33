package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.hubswarm.hubstub.HubStub;
import dev.hubswarm.testkit.LeakCheck;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code env}, {@code run} and {@code ca} as programs, with the programs that they are for. */
@Tag("e2e")
@ExtendWith(LeakCheck.class)
final class EntranceProcessTest {
    private static final String HUB = "https://huggingface.co";

    private static final String PYTHON =
            "import urllib.request as u; print(u.urlopen('" + HUB + "/x').read().decode())";
    private static final String REQUESTS = "import requests; print(requests.get('" + HUB + "/x').text)";
    private static final String HTTPX = "import httpx2 as h; print(h.get('" + HUB + "/x').text)";
    private static final String HELLO = "hello from huggingface.co";

    @TempDir
    Path folder;

    private final HubStub hub = HubStub.builder().start();
    private Sandbox machine = new Sandbox(Path.of(""), java.util.Map.of());

    /** In a folder that every shell would trip over, if it could. */
    @BeforeEach
    void makeFolder() throws Exception {
        Path home = Files.createDirectory(folder.resolve("O'Neil \"x\" $HOME `id` \\ b\u00e9"));
        machine = Sandbox.in(home, hub).with("HF_ENDPOINT", "").with("SHELL", "/bin/sh");
    }

    @AfterEach
    void closeHub() {
        hub.close();
    }

    private static String words(List<String> command) {
        List<String> quoted = new ArrayList<>();
        for (String word : command) quoted.add("'" + word.replace("'", "'\\''") + "'");
        return String.join(" ", quoted);
    }

    /** In a shell that took over what {@code env} printed. */
    private Ran inside(String shell, String script, Object... options) throws Exception {
        List<Object> env = new ArrayList<>(List.of("env"));
        env.addAll(List.of(options));
        String text = "set -e\nout=$(" + words(Hubswarm.quick(env.toArray())) + ")\neval \"$out\"\n" + script;
        return Ran.of(machine.program(List.of(shell, "-c", text)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sh", "bash"})
    void aShellTakesItOverAndProgramsGoThrough(String shell) throws Exception {
        try (StandInAgent agent = new StandInAgent(machine, HUB)) {
            Ran curl = inside(shell, "curl -sS " + HUB + "/x", "--https").exits(0);
            assertEquals(HELLO, curl.out());
            assertEquals(
                    HELLO,
                    inside(shell, "python3 -c \"" + PYTHON + "\"", "--https")
                            .exits(0)
                            .out()
                            .strip());
            Ran mirror = inside(shell, "curl -sS \"$HF_ENDPOINT/org/model\"").exits(0);
            assertEquals("mirror of /org/model", mirror.out());
            Ran named = inside(shell, "echo $HF_ENDPOINT", "--listen", "127.0.0.1:1234")
                    .exits(0);
            assertEquals("http://127.0.0.1:1234\n", named.out());
            assertTrue(curl.err().isEmpty(), curl::toString);
            assertNotEquals("", agent.address());
        }
    }

    @Test
    void aSecondTimeAndTheOtherEntranceLeaveNothingBehind() throws Exception {
        Sandbox company =
                machine.with("HTTPS_PROXY", "http://u:secret@proxy.corp:1").with("NO_PROXY", "a.corp");
        machine = company;
        String again = "eval \"$(" + words(Hubswarm.quick("env", "--https")) + ")\"\n";
        String back = "eval \"$(" + words(Hubswarm.quick("env")) + ")\"\n";
        try (StandInAgent agent = new StandInAgent(machine, HUB)) {
            Ran once = inside("sh", "env | sort", "--https").exits(0);
            Ran twice = inside("sh", again + "env | sort", "--https").exits(0);
            assertEquals(once.out(), twice.out());
            assertTrue(once.out().contains("\nNO_PROXY=a.corp,localhost,127.0.0.1\n"), once::toString);
            assertTrue(once.out().contains("HTTPS_PROXY=http://" + agent.address()), once::toString);
            Ran there = inside("sh", back + "env | sort", "--https").exits(0);
            assertTrue(there.out().contains("\nHTTPS_PROXY=http://u:secret@proxy.corp:1\n"), there::toString);
            assertFalse(
                    there.out().contains("\nSSL_CERT_FILE=") || there.out().contains("\nJAVA_TOOL"), there::toString);
            assertFalse(machine.run("env", "--https").exits(0).out().contains("secret"));
        }
    }

    @Test
    void requestsHttpxAndJavaGoThroughToo() throws Exception {
        try (StandInAgent agent = new StandInAgent(machine, HUB)) {
            assertEquals(HELLO, runs("--https", Tools.require("python-hub-036"), "-c", REQUESTS));
            assertEquals(HELLO, runs("--https", Tools.require("python-hub-new"), "-c", HTTPX));
            Path source = Files.writeString(
                    folder.resolve("Get.java"),
                    "class Get { public static void main(String[] a) throws Exception { System.out.print(new String("
                            + "new java.net.URL(a[0]).openStream().readAllBytes())); } }");
            Path java = Path.of(System.getProperty("java.home"), "bin", "java");
            assertEquals(HELLO, runs("--https", java, source, HUB + "/x"));
            assertNotEquals("", agent.address());
        }
    }

    private String runs(Object... command) throws Exception {
        List<Object> all = new ArrayList<>(List.of("run"));
        all.addAll(List.of(command));
        return machine.run(all.toArray()).exits(0).out().strip();
    }

    @Test
    void aCertificateForTheHubIsAllThatIsBelieved() throws Exception {
        try (StandInAgent agent = new StandInAgent(machine, HUB)) {
            machine.run("run", "--https", "curl", "-sS", "https://example.org/").exits(56);
            String root = machine.run("ca", "export").exits(0).out();
            assertTrue(root.startsWith("-----BEGIN CERTIFICATE-----\n"), root);
            Path file = Files.writeString(folder.resolve("root.pem"), root);
            String proxy = "http://" + agent.address();
            List<String> plain = List.of("curl", "-sS", "--proxy", proxy, "--cacert", file.toString(), HUB + "/x");
            assertEquals(HELLO, Ran.of(machine.program(plain)).exits(0).out());
            machine.run("ca", "renew").exits(0).says("The local authority is new");
            Ran.of(machine.program(plain)).exits(60);
            assertEquals(HELLO, runs("--https", "curl", "-sS", HUB + "/x"));
        }
    }

    @Test
    void theAuthorityIsShown() throws Exception {
        machine.run("ca", "show").exits(3).says("no local certificate authority yet", "ca export");
        Path out = folder.resolve("out.pem");
        machine.run("ca", "export", "-o", out).exits(0);
        machine.run("ca", "export", "-o", out).exits(1).says("exists already");
        Ran json = machine.run("ca", "show", "--json").exits(0);
        assertEquals("huggingface.co", json.json().path("hosts").path(1).asString());
        assertEquals("no", json.json().path("installed").asString());
        String fingerprint = json.json().path("fingerprint").asString();
        Ran openssl = Ran.of(List.of("openssl", "x509", "-in", out.toString(), "-noout", "-fingerprint", "-sha256"));
        assertTrue(openssl.out().contains(fingerprint), openssl::toString);
        assertTrue(machine.run("ca", "show").exits(0).out().contains(fingerprint));
        Path secret = machine.state().resolve("ca/authority.pem");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
        machine.run("env", "--https").exits(4).says("open to other users", "hubswarm ca renew");
        assertTrue(machine.run("doctor").out().contains("open to other users"));
        machine.run("ca", "renew").exits(0);
        assertNotEquals(
                fingerprint,
                machine.run("ca", "show", "--json").json().path("fingerprint").asString());
        assertTrue(machine.run("doctor").out().contains("authority    Valid until"), "as it should be");
    }

    @Test
    void aKeyThatSomebodyElseMadeIsNotUsed() throws Exception {
        machine.run("ca", "export").exits(0);
        String secret = machine.state().resolve("ca/authority.pem").toString();
        Ran given = Ran.of(List.of("chown", "nobody", secret));
        if (given.exit() != 0) {
            if ("true".equals(System.getenv("CI"))) fail(given.toString());
            abort("Only root gives files away: " + given);
        }
        machine.run("env", "--https").exits(4).says("belongs to another user", "hubswarm ca renew");
        try (StandInAgent agent = new StandInAgent(machine, HUB)) {
            assertNotEquals("", agent.address());
            Ran ran = machine.run("run", "--https", "--", "echo", "fine").exits(0);
            assertEquals(
                    "fine\n",
                    ran.says("echo runs without hubswarm", "belongs to another user")
                            .out());
        }
        machine.run("ca", "renew").exits(0);
        machine.run("ca", "export").exits(0);
    }

    @Test
    void twoAtATimeMakeOne() throws Exception {
        List<Process> all = new ArrayList<>();
        for (int i = 0; i < 4; i++)
            all.add(machine.program(Hubswarm.quick("ca", "export"))
                    .redirectOutput(folder.resolve("root" + i).toFile())
                    .redirectErrorStream(true)
                    .start());
        for (Process each : all) assertTrue(each.waitFor(60, TimeUnit.SECONDS));
        for (int i = 1; i < 4; i++)
            assertEquals(-1, Files.mismatch(folder.resolve("root0"), folder.resolve("root" + i)));
    }

    /** Whatever moment it is, the next call finds an authority and files that fit it. */
    @Test
    void killedHalfWayItGoesOn() throws Exception {
        machine.run("ca", "export").exits(0);
        for (int i = 0; i < 8; i++) {
            Process renewal = machine.program(Hubswarm.quick("ca", "renew"))
                    .redirectErrorStream(true)
                    .start();
            renewal.waitFor(300 + 60L * i, TimeUnit.MILLISECONDS);
            renewal.destroyForcibly().waitFor();
            renewal.getInputStream().close();
            machine.run("ca", "show").exits(0);
            String root = machine.run("ca", "export").exits(0).out();
            try (var bundles = Files.list(machine.state().resolve("ca"))) {
                for (Path file : bundles.toList()) {
                    assertFalse(file.toString().endsWith(".tmp"), file::toString);
                    if (file.toString().contains("bundle") && file.toString().endsWith(".pem"))
                        assertTrue(Files.readString(file).contains(root.strip()), file::toString);
                }
            }
        }
    }

    // ---- run

    private Ran run(boolean beside, Object... arguments) throws IOException, InterruptedException {
        return Ran.of(machine.program(command(beside, arguments)));
    }

    private static List<String> command(boolean beside, Object... arguments) {
        List<String> command = Hubswarm.quick(arguments);
        // What keeps JNA from its library, as a temporary folder that is mounted noexec does.
        if (beside) command.addAll(1, List.of("-Djna.nounpack=true", "-Djna.noclasspath=true", "-Djna.nosys=true"));
        return command;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theCommandIsAsIfItWereCalledItself(boolean beside) throws Exception {
        try (StandInAgent agent = new StandInAgent(machine, HUB)) {
            Ran arguments = run(beside, "run", "--", "printf", "<%s>", "a b", "", "--https", "@x", "\u00e9'\"$HOME\n")
                    .exits(0);
            assertEquals("<a b><><--https><@x><\u00e9'\"$HOME\n>", arguments.out());
            assertTrue(arguments.err().isEmpty(), arguments::toString);
            run(beside, "run", "sh", "-c", "exit 42").exits(42);
            run(beside, "run", "sh", "-c", "kill -TERM $$").exits(143);
            Ran endpoint = run(beside, "run", "printenv", "HF_ENDPOINT").exits(0);
            assertEquals("http://" + agent.address() + "\n", endpoint.out());
            ProcessBuilder elsewhere = machine.program(command(beside, "run", "pwd"));
            elsewhere.directory(
                    Files.createDirectory(folder.resolve("else where")).toFile());
            assertEquals(
                    folder.resolve("else where").toRealPath() + "\n",
                    Ran.of(elsewhere).exits(0).out());
            Path input = Files.writeString(folder.resolve("input"), "from outside");
            Process cat = machine.program(command(beside, "run", "cat"))
                    .redirectInput(input.toFile())
                    .start();
            assertEquals("from outside", new String(cat.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            assertEquals(0, cat.waitFor());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void signalsReachTheCommand(boolean beside) throws Exception {
        try (StandInAgent agent = new StandInAgent(machine, HUB)) {
            assertNotEquals("", agent.address());
            Path ready = folder.resolve("ready");
            String script = "trap 'exit 9' TERM; touch '" + ready + "'; while :; do sleep 0.05; done";
            Process process = machine.program(command(beside, "run", "sh", "-c", script))
                    .redirectErrorStream(true)
                    .start();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (Files.notExists(ready) && System.nanoTime() - end < 0) process.waitFor(20, TimeUnit.MILLISECONDS);
            Ran.of(List.of("kill", "-TERM", Long.toString(process.pid()))).exits(0);
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            assertEquals(9, process.exitValue());
            process.getInputStream().close();
        }
    }

    /** With script(1), which gives it a terminal. */
    @Test
    void theTerminalIsTheCommands() throws Exception {
        try (StandInAgent agent = new StandInAgent(machine, HUB)) {
            assertNotEquals("", agent.address());
            String command =
                    words(Hubswarm.quick("run", "sh", "-c", "test -t 0 && test -t 1 && echo terminal; exit 3"));
            Ran ran = Ran.of(machine.program(List.of("script", "-qec", command, "/dev/null")))
                    .exits(3);
            assertTrue(ran.out().contains("terminal"), ran::toString);
        }
    }

    @Test
    void nothingOfThisProgramIsLeft() throws Exception {
        try (StandInAgent agent = new StandInAgent(machine, HUB)) {
            assertNotEquals("", agent.address());
            String list = "for f in /proc/self/fd/*; do readlink $f; done; grep SigBlk /proc/self/status";
            Ran own = run(false, "run", "sh", "-c", list).exits(0);
            assertFalse(own.out().contains("java") || own.out().contains(".jar"), own::toString);
            assertFalse(own.out().contains("socket:") || own.out().contains("random"), own::toString);
            assertTrue(own.out().contains("SigBlk:\t0000000000000000"), own::toString);
            String script = "exec 7<"
                    + words(List.of(Path.of("pom.xml").toAbsolutePath().toString())) + "\n"
                    + words(Hubswarm.quick("run", "sh", "-c", "head -n 1 <&7"));
            Ran given = Ran.of(machine.program(List.of("sh", "-c", script))).exits(0);
            assertTrue(given.out().startsWith("<?xml"), given::toString);
        }
    }

    @Test
    void whatCannotBeRunEndsAsInAShell() throws Exception {
        Path text = Files.writeString(folder.resolve("text"), "no program");
        machine.run("run", "--", "no-such-command").exits(127).says("no-such-command is not to be found");
        machine.run("run", "--", text).exits(126).says("may not be run");
        machine.run("run").exits(2);
        assertTrue(Files.notExists(machine.state().resolve("agent.json")), "nothing was started for it");
    }

    @Test
    void withoutHubswarmItRunsAllTheSame() throws Exception {
        Files.writeString(machine.state(), "a file in the way");
        for (String option : List.of("--https", "--")) {
            Ran ran = machine.run("run", option, "sh", "-c", "echo ${HF_ENDPOINT:-}${HTTPS_PROXY:-} fine; exit 5")
                    .exits(5);
            assertEquals("fine\n", ran.out());
            assertEquals(1, ran.err().lines().count(), ran::toString);
            ran.says("sh runs without hubswarm", "is a file");
        }
        Files.delete(machine.state());
        Files.createDirectory(machine.state());
        Files.setPosixFilePermissions(machine.state(), PosixFilePermissions.fromString("rwx------"));
        Files.writeString(machine.state().resolve("config.toml"), "[up]\ncontrol = \"nowhere.invalid:1\"\n");
        Ran ran = machine.run("run", "sh", "-c", "echo fine").exits(0);
        assertEquals("fine\n", ran.out());
        ran.says("sh runs without hubswarm", "The agent did not start");
    }

    @Test
    void whereTheUserWantsAnotherHubThanTheAgentHeGetsThat() throws Exception {
        try (StandInAgent agent = new StandInAgent(machine, HUB)) {
            assertNotEquals("", agent.address());
            machine = machine.with("HF_ENDPOINT", "https://hub.corp");
            Ran ran = machine.run("run", "printenv", "HF_ENDPOINT").exits(0).says("names another Hub than the agent's");
            assertEquals("https://hub.corp\n", ran.out());
        }
    }

    /** As in a shell where that was exported by hand. */
    @Test
    void theAgentItselfIsNoOtherHub() throws Exception {
        try (StandInAgent agent = new StandInAgent(machine, HUB)) {
            int port =
                    Integer.parseInt(agent.address().substring(agent.address().lastIndexOf(':') + 1));
            for (String own : List.of("http://127.0.0.1:" + port, "http://localhost:" + port + "/")) {
                machine = machine.with("HF_ENDPOINT", own);
                Ran ran = machine.run("run", "printenv", "HF_ENDPOINT").exits(0);
                assertEquals("http://127.0.0.1:" + port + "\n", ran.out());
                assertEquals("", ran.err());
            }
        }
    }

    @Test
    void anAgentIsStartedOnceAndStays() throws Exception {
        machine = machine.with("HF_ENDPOINT", hub.endpoint());
        Files.createDirectory(machine.state());
        Files.setPosixFilePermissions(machine.state(), PosixFilePermissions.fromString("rwx------"));
        Files.writeString(
                machine.state().resolve("config.toml"),
                "[up]\ncontrol = \"127.0.0.1:0\"\nlisten = \"127.0.0.1:0\"\npeer-port = 0\ntracker-listen = \"127.0.0.1:0\"\n");
        try {
            Ran first = machine.run("run", "true").exits(0).says("Started an agent", "This agent uploads");
            long pid =
                    machine.run("status", "--json").exits(0).json().path("pid").asLong();
            assertTrue(first.err().contains("process " + pid + ". "), first::toString);
            Ran second = machine.run("run", "true").exits(0);
            assertFalse(second.err().contains("Started"), second::toString);
        } finally {
            machine.run("down").exits(0);
        }
    }

    // ---- install

    /** In a mount namespace of its own, so that this machine's store stays as it is. */
    private Ran apart(String script) throws Exception {
        String mounts = "mount -t tmpfs tmpfs /usr/local/share/ca-certificates && cp -a /etc/ssl '"
                + folder.resolve("ssl") + "' && mount --bind '" + folder.resolve("ssl") + "' /etc/ssl || exit 99\n";
        Ran ran = Ran.of(machine.program(List.of("unshare", "-m", "sh", "-c", mounts + script)));
        if (ran.exit() == 99 || ran.err().contains("unshare failed")) {
            if ("true".equals(System.getenv("CI"))) fail(ran.toString());
            abort("Cannot mount here: " + ran);
        }
        return ran;
    }

    @Test
    void theSystemTrustsItUntilItIsTakenBack() throws Exception {
        String name = "/usr/local/share/ca-certificates/hubswarm-*.crt";
        String verify = "openssl verify -CApath /etc/ssl/certs " + name + " || exit 11\n";
        Ran ran = apart(words(Hubswarm.quick("ca", "install")) + " || exit 10\n"
                + verify
                + "before=$(ls " + name + ")\n"
                + words(Hubswarm.quick("ca", "renew")) + " || exit 12\n"
                + words(Hubswarm.quick("ca", "show")) + " || exit 13\n"
                + words(Hubswarm.quick("ca", "install")) + " || exit 14\n"
                + verify
                + "[ \"$before\" != \"$(echo " + name + ")\" ] || exit 15\n"
                + words(Hubswarm.quick("ca", "uninstall")) + " || exit 16\n"
                + "ls " + name + " 2>/dev/null && exit 17\n"
                + "grep -l hubswarm /etc/ssl/certs/* 2>/dev/null && exit 18\n"
                + "ls -l /etc/ssl/certs | grep hubswarm && exit 19\n"
                + words(Hubswarm.quick("ca", "uninstall")));
        ran.exits(0)
                .says(
                        "The system trusts",
                        "The system trusts the old one",
                        "trusts the local authority no more",
                        "Nothing was installed");
        assertTrue(ran.out().contains("an older one"), ran::toString);
        assertTrue(Files.notExists(machine.state().resolve("ca/installed")));
    }

    @Test
    void anInstallationThatFailsLeavesNothing() throws Exception {
        Ran ran = apart("printf '#!/bin/sh\\necho broken; exit 3\\n' > '" + folder.resolve("update-ca-certificates")
                + "'; chmod +x '" + folder.resolve("update-ca-certificates") + "'\nPATH='" + folder + "':$PATH "
                + words(Hubswarm.quick("ca", "install")) + " && exit 10\n"
                + "ls /usr/local/share/ca-certificates/hubswarm-* 2>/dev/null && exit 11\n"
                + words(Hubswarm.quick("ca", "uninstall")));
        ran.exits(0).says("failed with exit code 3", "broken");
    }
}
