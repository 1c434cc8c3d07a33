package dev.hubswarm.cli;

import dev.hubswarm.agent.control.ControlClient;
import dev.hubswarm.agent.control.ControlReply;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.storage.StateFolder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Takes back what is shared. */
@Command(
        name = "unseed",
        description = "Tell the agent not to share something any more, until you name it to `seed` again.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "The files stay where they are. Exit code 3 if nothing of the kind is shared.",
            "",
            "Examples:",
            "  hubswarm unseed org/model",
            "  hubswarm unseed ./model.safetensors",
            "  hubswarm unseed 0123456789abcdef0123456789abcdef01234567"
        })
final class UnseedCommand implements Callable<Integer> {
    private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{40}|[0-9a-fA-F]{64}");

    @Parameters(
            paramLabel = "REPO|PATH|HASH",
            description = "A repo, a file or folder, an info hash, or the sha256 of a file.")
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private String what;

    @Option(
            names = "--repo-type",
            paramLabel = "TYPE",
            converter = RepoTypes.class,
            completionCandidates = RepoTypes.class,
            description = "${COMPLETION-CANDIDATES}. Default: model.")
    private RepoType type = RepoType.MODEL;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    @Override
    public Integer call() throws UserError {
        String query = query();
        ControlReply reply = ControlClient.require(StateFolder.find(OuterEnvironment.get(), UserFolders.home()))
                .unshare(query);
        JsonNode answer = JsonMapper.shared().readTree(reply.body());
        if (!reply.isGood()) {
            String why = answer.path("error").path("message").asString("");
            throw new UserError(
                    reply.status() == 404 ? Kind.NOT_FOUND : Kind.FAILED,
                    why,
                    "`hubswarm status` shows what is shared.");
        }
        for (JsonNode file : answer.path("removed"))
            spec.commandLine()
                    .getErr()
                    .println("hubswarm: " + Printable.of(file.asString()) + " is not shared any more.");
        return ExitCode.DONE;
    }

    private String query() throws UserError {
        if (HASH.matcher(what).matches()) return "hash=" + what;
        Path path = new UserFolders().convert(what);
        boolean isPath = what.startsWith("/") || what.startsWith(".") || what.startsWith("~") || Files.exists(path);
        if (isPath) return "path=" + encoded(path.toString());
        return "repo_type=" + type.word() + "&repo_id="
                + encoded(SeedSources.repo(what, type).id());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
