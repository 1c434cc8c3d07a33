package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.StateFolder;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program. Everything it can do is a subcommand. */
@Command(
        name = "hubswarm",
        description = "Downloads from the Hugging Face Hub, shared peer to peer.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        footer = {
            "",
            "Examples:",
            "  hubswarm demo",
            "  hubswarm up --detach",
            "  hubswarm status",
            "  hubswarm run -- hf download org/model",
            "  hubswarm prefetch org/model",
            "  hubswarm cache ls",
            "  hubswarm doctor",
            "  hubswarm torrent create model.safetensors",
            "  hubswarm torrent verify model.safetensors.torrent model.safetensors",
            "  hubswarm torrent get model.safetensors.torrent",
            "  hubswarm tracker",
            "",
            "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 not allowed,",
            "5 damaged, 6 no space, 130 interrupted"
        })
public final class Main implements Runnable {
    private static final List<Class<?>> COMMANDS = List.of(
            UpCommand.class,
            DownCommand.class,
            StatusCommand.class,
            LogsCommand.class,
            SeedCommand.class,
            UnseedCommand.class,
            AttachCommand.class,
            PrefetchCommand.class,
            CacheCommand.class,
            EnvCommand.class,
            RunCommand.class,
            CaCommand.class,
            DoctorCommand.class,
            DemoCommand.class,
            TorrentCommand.class,
            TrackerCommand.class,
            CompletionCommand.class,
            CommandLine.HelpCommand.class);

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Show the technical cause of an error as well.")
    private boolean verbose;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    private final List<String> arguments;

    private Main(List<String> arguments) {
        this.arguments = arguments;
    }

    /** The user's own, without what is set elsewhere. */
    static List<String> arguments(CommandSpec command) {
        return ((Main) command.root().userObject()).arguments;
    }

    public static void main(String[] args) {
        OuterEnvironment.leaveJava();
        if (args.length > 0 && args[0].equals(RunCommand.NAME)) Handover.prepare();
        int code = run(writer(System.out), writer(System.err), args);
        // Also where the reader has gone, as in a pipe to head: it has not got everything.
        System.exit(code == ExitCode.DONE && System.out.checkError() ? ExitCode.FAILED : code);
    }

    /** Text goes out in the encoding of the user's locale, which is not the default charset since Java 18. */
    private static PrintWriter writer(PrintStream stream) {
        String encoding = System.getProperty("native.encoding", "UTF-8");
        return new PrintWriter(new OutputStreamWriter(stream, Charset.forName(encoding)), true);
    }

    static int run(PrintWriter out, PrintWriter err, String... args) {
        return run(out, err, OuterEnvironment.get(), args);
    }

    /** Runs one command and returns its exit code. */
    static int run(PrintWriter out, PrintWriter err, Map<String, String> environment, String... args) {
        CommandLine commandLine = new CommandLine(new Main(List.of(args)));
        // Scripts ask for nothing but the version, and need not wait until all that there is was looked through.
        boolean isVersion = args.length == 1 && args[0].equals("--version");
        if (!isVersion) COMMANDS.forEach(commandLine::addSubcommand);
        Path state = StateFolder.find(environment, UserFolders.home());
        Settings settings = new Settings(commandLine, environment, state);
        commandLine
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                // An argument of a command that `run` runs may well begin with @.
                .setExpandAtFiles(false)
                .setParameterExceptionHandler((wrong, all) -> correct(wrong, settings))
                .setExecutionExceptionHandler((failure, command, parsed) -> report(failure, command, settings));
        try {
            return commandLine.execute(settings.complete(args));
        } catch (UserError e) {
            return report(e, commandLine, settings);
        }
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Name a command.");
    }

    /** What is wrong, where it is seen: after the whole help it would have scrolled away. */
    private static int correct(ParameterException wrong, Settings settings) {
        CommandLine command = wrong.getCommandLine();
        PrintWriter err = command.getErr();
        print(err, wrong, settings);
        boolean isGuessed = UnmatchedArgumentException.printSuggestions(wrong, err);
        if (!isGuessed && !command.getSubcommands().isEmpty()) command.usage(err);
        err.println("See `" + command.getCommandSpec().qualifiedName() + " --help`.");
        return ExitCode.USAGE;
    }

    private static int report(Exception failure, CommandLine command, Settings settings) {
        Main main = (Main) command.getCommandSpec().root().userObject();
        PrintWriter err = command.getErr();
        if (failure instanceof InterruptedException) return ExitCode.INTERRUPTED;
        if (failure instanceof UserError error) {
            print(err, error, settings);
            if (main.verbose) error.printStackTrace(err);
            return ExitCode.of(error);
        }
        err.println("hubswarm: This is a fault in hubswarm. Please report it with what follows.");
        failure.printStackTrace(err);
        return ExitCode.FAILED;
    }

    private static void print(PrintWriter err, Exception failure, Settings settings) {
        String message = String.valueOf(failure.getMessage());
        String origins = settings.origins(message);
        String stop = origins.isEmpty() || message.endsWith(".") ? "" : ".";
        err.println("hubswarm: " + Printable.of(message + stop + origins));
    }
}
