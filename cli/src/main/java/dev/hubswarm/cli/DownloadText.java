package dev.hubswarm.cli;

import dev.hubswarm.agent.accelerator.FileResult;
import dev.hubswarm.hub.download.RepoPlan;
import dev.hubswarm.hub.origin.HubFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/** What is said of downloads, in words and in JSON. Stateless. */
final class DownloadText {
    private DownloadText() {}

    static Json json(String event, FileResult result) {
        return (event.isEmpty() ? new Json() : Json.event(event))
                .put("path", result.file().path())
                .put("size", result.file().size())
                .put("digest", result.file().digest().hex())
                .put("seconds", result.seconds())
                .put("bytes_from_hub", result.fromHub())
                .put("bytes_from_peers", result.fromPeers())
                .put("verified", result.verified())
                .put("error", result.failure() == null ? null : result.failure().getMessage());
    }

    static Json summary(RepoPlan plan, Path folder, List<FileResult> results, double seconds) {
        return head(plan)
                .put("folder", folder)
                .put("seconds", seconds)
                .put("files", results.stream().map(result -> json("", result)).toList());
    }

    static Json dryRun(RepoPlan plan) {
        return head(plan)
                .put("files", plan.files().stream().map(DownloadText::json).toList());
    }

    private static Json head(RepoPlan plan) {
        return Json.event("summary")
                .put("repo", plan.repo().id())
                .put("repo_type", plan.repo().type().word())
                .put("revision", plan.revision().name())
                .put("commit", plan.commit());
    }

    private static Json json(HubFile file) {
        return new Json()
                .put("path", file.path())
                .put("size", file.size())
                .put("digest", file.digest().hex());
    }

    static void print(PrintWriter out, RepoPlan plan) {
        for (HubFile file : plan.files()) {
            out.printf("%10s  %s%n", Sizes.format(file.size()), Printable.of(file.path()));
        }
        out.println(TorrentText.count(plan.files().size(), "file") + ", " + Sizes.format(plan.size()) + ", at commit "
                + plan.commit());
    }
}
