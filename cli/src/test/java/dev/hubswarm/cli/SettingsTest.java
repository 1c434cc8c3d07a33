package dev.hubswarm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.UserError;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

final class SettingsTest {
    @TempDir
    Path folder;

    private Path state = Path.of("");
    private Path file = Path.of("");

    private static CommandLine program() {
        CommandSpec stop = CommandSpec.create().name("stop").addOption(option(boolean.class, "--force"));
        CommandSpec serve = CommandSpec.create()
                .name("serve")
                .aliases("s")
                .addOption(option(String.class, "--listen"))
                .addOption(option(int.class, "--peer-port"))
                .addOption(option(boolean.class, "--open"))
                .addOption(option(String[].class, "-n", "--name"))
                .addPositional(
                        PositionalParamSpec.builder().type(String[].class).build())
                .addSubcommand("stop", stop);
        return new CommandLine(CommandSpec.create().name("root").addSubcommand("serve", serve));
    }

    private static OptionSpec option(Class<?> type, String... names) {
        return OptionSpec.builder(names).type(type).build();
    }

    @BeforeEach
    void findFile() throws Exception {
        state = Files.createDirectory(folder.resolve("state"));
        Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwx------"));
        file = state.resolve("config.toml");
    }

    private String completed(Map<String, String> environment, String... arguments) throws Exception {
        Settings settings = new Settings(program(), environment, state);
        return String.join(" ", settings.complete(arguments));
    }

    /** What the program says when it is run with these settings, and how it ends. */
    private String run(Map<String, String> more, String... arguments) {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("HUBSWARM_HOME", state.toString());
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text, true);
        return Main.run(out, out, environment, arguments) + " " + text;
    }

    @Test
    void withoutSettingsArgumentsStayAsTheyAre() throws Exception {
        String[] arguments = {"serve", "--open"};
        Map<String, String> environment = Map.of("HUBSWARM_HOME", "x", "HUBSWARM_JAVA_OPTS", "-Xmx1g", "PATH", "x");
        assertEquals("serve --open", completed(environment, arguments));
    }

    @Test
    void everyKindOfValueIsTakenFromTheFile() throws Exception {
        Files.writeString(file, """
                # The lab's.
                [serve]
                listen = "0.0.0.0:1" # all
                peer-port = 6_881
                open = true
                name = ["a,b", 'c']
                [serve.stop]
                force = false
                """);
        assertEquals(
                "serve --listen=0.0.0.0:1 --peer-port=6881 --open=true --name=a,b --name=c x y",
                completed(Map.of(), "serve", "x", "y"));
        assertEquals("serve stop --force=false", completed(Map.of(), "serve", "stop"));
    }

    @Test
    void theCommandLineWinsOverTheEnvironmentAndThatOverTheFile() throws Exception {
        Files.writeString(file, "[serve]\nlisten = 'file'\npeer-port = 1\nname = ['file']\n");
        Map<String, String> environment =
                Map.of("HUBSWARM_SERVE_PEER_PORT", "2", "HUBSWARM_SERVE_NAME", "x, y", "HUBSWARM_SERVE_OPEN", "1");
        assertEquals("s --listen=file --peer-port=2 --open=true -n flag", completed(environment, "s", "-n", "flag"));
        assertEquals(
                "s --listen=file --open=true --name=x --name=y --peer-port=3",
                completed(environment, "s", "--peer-port=3"));
    }

    @Test
    void anEmptyVariableSetsNothing() throws Exception {
        assertEquals("serve", completed(Map.of("HUBSWARM_SERVE_LISTEN", ""), "serve"));
    }

    @Test
    void anUnknownKeyStopsTheStartAndIsNamedWithItsPlace() throws Exception {
        Files.writeString(file, "[cache.gc]\ndelete = true\n\n[prefetch]\njobs = 4\n\"includes\" = ['*']\n");
        String said = run(Map.of(), "cache", "ls");
        assertTrue(said.startsWith("2 hubswarm: There is no setting 'prefetch.includes' ("), said);
        assertTrue(said.contains("config.toml, line 6). Did you mean 'prefetch.include'?"), said);
        assertFalse(run(Map.of(), "--version").contains("no setting"), "help and version need no settings");
        assertFalse(run(Map.of(), "cache", "ls", "--help").contains("no setting"), "help and version need no settings");
        Files.writeString(file, "[prefetc]\njobs = 4\n");
        assertTrue(run(Map.of(), "cache", "ls").contains("line 2). Did you mean 'prefetch.jobs'?"));
        Files.writeString(file, "prefetch = { job = 4 }\n");
        assertTrue(run(Map.of(), "cache", "ls").contains("line 1). Did you mean 'prefetch.jobs'?"));
    }

    @Test
    void aMisspeltVariableStopsTheStartAndOthersDoNot() {
        String said = run(Map.of("HUBSWARM_PREFETCH_JOB", "4"), "cache", "ls", "--cache-dir", folder.toString());
        assertTrue(said.startsWith("2 hubswarm: The environment sets HUBSWARM_PREFETCH_JOB, "), said);
        assertTrue(said.contains("Did you mean HUBSWARM_PREFETCH_JOBS?"), said);
        String kubernetes = run(
                Map.of("HUBSWARM_TRACKER_SERVICE_HOST", "10.0.0.1", "HUBSWARM_TRACKER_PORT", "tcp://10.0.0.1:8472"),
                "cache",
                "ls",
                "--cache-dir",
                folder.toString());
        assertTrue(kubernetes.startsWith("0 "), kubernetes);
    }

    @ParameterizedTest
    @CsvSource({"jobs = 'x',not an int", "jobs = 65,Use a number from 1 to 64", "jobs = [1; 2],Set it to one value"})
    void aBadValueSaysWhereItIsFrom(String line, String wrong) throws Exception {
        Files.writeString(file, "[prefetch]\n" + line.replace(';', ','));
        String said = run(Map.of(), "prefetch", "org/model");
        assertTrue(said.startsWith("2 hubswarm: "), said);
        assertTrue(said.contains(wrong), said);
        assertTrue(said.contains("--jobs is set ") && said.contains("config.toml, line 2."), said);
        String variable = run(Map.of("HUBSWARM_PREFETCH_JOBS", "many"), "prefetch", "org/model");
        assertTrue(variable.contains("--jobs is set by HUBSWARM_PREFETCH_JOBS."), variable);
    }

    @Test
    void anotherEncodingIsNoFaultOfTheDisk() throws Exception {
        Files.write(file, new byte[] {'#', (byte) 0xE4, '\n'});
        String said = run(Map.of(), "cache", "ls");
        assertTrue(said.startsWith("2 hubswarm: " + file + " is not UTF-8"), said);
    }

    @Test
    void whatIsNoTomlIsSaidToBeNoneWithoutQuotingIt() throws Exception {
        Files.writeString(file, "[serve]\nlisten = \"x\"\nsecret s3cret\n");
        String said = run(Map.of(), "cache", "ls");
        assertTrue(said.startsWith("2 hubswarm: " + file + ", line 3, is not TOML."), said);
        assertFalse(said.contains("s3cret"), said);
    }

    @Test
    void aFileInWhichOthersCanWriteIsRefused() throws Exception {
        Files.writeString(file, "[prefetch]\njobs = 4\n");
        Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwxrwxrwx"));
        String said = run(Map.of(), "cache", "ls");
        assertTrue(said.startsWith("4 ") && said.contains("is open to other users"), said);
    }

    /** Nobody shares a company's files by a variable that was left set. */
    @Test
    void sharingWhatAnotherHubGivesIsForTheFileAlone() throws Exception {
        assertFalse(Settings.sharesUpstream(state));
        Files.writeString(file, "share-upstream = true\n[serve]\nopen = true\n");
        assertTrue(Settings.sharesUpstream(state));
        assertEquals("serve --open=true", completed(Map.of("HUBSWARM_SHARE_UPSTREAM", "1"), "serve"));
        Files.writeString(file, "share-upstream = false\n");
        assertFalse(Settings.sharesUpstream(state));
        Files.writeString(file, "share-upstream = 'perhaps'\n");
        UserError bad = assertThrows(UserError.class, () -> Settings.sharesUpstream(state));
        assertTrue(String.valueOf(bad.getMessage()).contains("config.toml, line 1"), bad.getMessage());
    }
}
