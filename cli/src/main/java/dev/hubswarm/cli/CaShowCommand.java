package dev.hubswarm.cli;

import dev.hubswarm.agent.tls.LocalAuthority;
import dev.hubswarm.base.UserError;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the local authority. */
@Command(
        name = "show",
        description = "Show the local authority: for whom it may speak, until when, and where its files are.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Exit code 3 if there is none.",
            "",
            "Examples:",
            "  hubswarm ca show",
            "  hubswarm ca show --json"
        })
final class CaShowCommand implements Callable<Integer> {
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("yyyy-MM-dd", Locale.ROOT).withZone(ZoneOffset.UTC);

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError {
        CaState state = new CaState();
        LocalAuthority authority = state.require();
        boolean valid = authority.isValid(state.clock().instant());
        String installed = state.installed(authority);
        Path folder = state.folder().path();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.event("summary")
                    .put("folder", folder.toString())
                    .put("hosts", List.copyOf(authority.hosts()))
                    .put("valid_from", authority.validFrom().toString())
                    .put("valid_until", authority.validUntil().toString())
                    .put("valid", valid)
                    .put("fingerprint", authority.fingerprint())
                    .put("name", authority.root().getSubjectX500Principal().getName())
                    .put("installed", installed));
            return ExitCode.DONE;
        }
        out.println("Name         " + authority.root().getSubjectX500Principal().getName());
        out.println("Speaks for   " + String.join(", ", authority.hosts()) + ", and hosts below them; for nobody else");
        out.println("Valid        " + DAY.format(authority.validFrom()) + " to " + DAY.format(authority.validUntil())
                + (valid ? "" : ", which is not now"));
        out.println("SHA-256      " + authority.fingerprint());
        out.println("Folder       " + Printable.of(folder.toString()));
        out.println("In system    "
                + (installed.equals("older") ? "an older one; `hubswarm ca install` replaces it" : installed));
        return ExitCode.DONE;
    }
}
