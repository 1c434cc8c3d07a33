package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.DurableFile;
import dev.hubswarm.storage.FileErrors;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes out the root that programs have to trust. */
@Command(
        name = "export",
        description = "Write out the root that programs have to trust, in PEM. It is no secret.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {"", "Examples:", "  hubswarm ca export", "  hubswarm ca export -o hubswarm-root.pem"})
final class CaExportCommand implements Callable<Integer> {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write to this file, which must not exist yet. Default: standard output.")
    private @Nullable Path output;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError, InterruptedException {
        String pem = new CaState().prepare().authority().rootPem();
        if (output == null) {
            PrintWriter out = spec.commandLine().getOut();
            out.print(pem);
            out.flush();
            return ExitCode.DONE;
        }
        try {
            DurableFile.write(output, pem.getBytes(StandardCharsets.US_ASCII), false);
        } catch (IOException e) {
            throw FileErrors.writing(output, e);
        }
        return ExitCode.DONE;
    }
}
