package dev.hubswarm.cli;

import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a script that completes commands and options in a shell. */
@Command(
        name = "completion",
        description = "Print a script that completes commands and options.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  source <(hubswarm completion bash)",
            "  source <(hubswarm completion zsh)",
            "  hubswarm completion fish | source"
        })
final class CompletionCommand implements Callable<Integer> {
    /** The shells there is a script for. */
    enum Shell {
        BASH,
        ZSH,
        FISH
    }

    @Parameters(paramLabel = "SHELL", description = "One of bash, zsh, fish.")
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private Shell shell;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() {
        CommandLine root = spec.root().commandLine();
        PrintWriter out = spec.commandLine().getOut();
        // The script for bash also serves zsh, which it recognises.
        if (shell != Shell.FISH) out.print(AutoComplete.bash(spec.root().name(), root));
        else fish(out, root, "");
        out.flush();
        return ExitCode.DONE;
    }

    /** @param above what must have been typed for this command to be meant; empty for the program itself */
    private static void fish(PrintWriter out, CommandLine command, String above) {
        String program = command.getCommandSpec().root().name();
        String seen = above.isEmpty() ? "__fish_use_subcommand" : above;
        for (Map.Entry<String, CommandLine> sub : command.getSubcommands().entrySet()) {
            out.println("complete -c " + program + " -f -n '" + seen + "' -a " + sub.getKey()
                    + described(sub.getValue().getCommandSpec()));
            String below = "__fish_seen_subcommand_from " + sub.getKey();
            fish(out, sub.getValue(), above.isEmpty() ? below : above + "; and " + below);
        }
        for (OptionSpec option : command.getCommandSpec().options()) {
            StringBuilder line = new StringBuilder("complete -c " + program + " -n '" + seen + "'");
            for (String name : option.names()) {
                line.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
            }
            if (option.completionCandidates() != null) {
                line.append(" -x -a ").append(quoted(String.join(" ", option.completionCandidates())));
            } else if (option.arity().min() > 0) {
                line.append(" -r");
            }
            if (option.description().length > 0) line.append(" -d ").append(quoted(option.description()[0]));
            out.println(line);
        }
    }

    private static String described(CommandSpec command) {
        String[] description = command.usageMessage().description();
        return description.length == 0 ? "" : " -d " + quoted(description[0]);
    }

    private static String quoted(String text) {
        return "'" + text.replace("%%", "%").replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
