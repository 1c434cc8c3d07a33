package dev.hubswarm.cli;

import dev.hubswarm.agent.tls.CaFolder;
import dev.hubswarm.base.TlsTrust;
import dev.hubswarm.base.UserError;
import dev.hubswarm.hub.origin.OriginEnvironment;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks for what may stand in the way of downloads. */
@Command(
        name = "doctor",
        description = "Check the Hub, the token, the clock, the disk, the local authority, the agent and its trackers,"
                + " and say what to do.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Exit code 0 if no problem was found, else that of the first one.",
            "No secret is printed.",
            "",
            "Examples:",
            "  hubswarm doctor",
            "  hubswarm doctor --json",
            "  hubswarm doctor org/model --tracker http://box.example.org:8472",
            "  HF_ENDPOINT=https://hub.example.org hubswarm doctor"
        })
final class DoctorCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "REPO",
            arity = "0..1",
            description = "Also say whether its files may be shared with others, and why not.")
    private @Nullable String repo;

    @Option(
            names = "--repo-type",
            paramLabel = "TYPE",
            converter = RepoTypes.class,
            completionCandidates = RepoTypes.class,
            description = "${COMPLETION-CANDIDATES}. Default: model.")
    private RepoType type = RepoType.MODEL;

    @Mixin
    private final TrackerOptions trackers = new TrackerOptions();

    @Mixin
    private final HubOptions hub = new HubOptions();

    @Mixin
    private final CacheOptions cache = new CacheOptions();

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Override
    public Integer call() throws UserError, InterruptedException {
        List<Finding> findings = new ArrayList<>();
        RepoRef named = repo == null ? null : SeedSources.repo(repo, type);
        List<TrackerUrl> urls = trackers.all();
        findings.add(java());
        findings.addAll(new HubExamination(hub).findings());
        if (named != null)
            findings.add(new ShareExamination(hub).finding(named, Settings.sharesUpstream(cache.stateFolder())));
        findings.addAll(new DiskExamination(cache.folder(), cache.stateFolder()).findings());
        TlsTrust tls = TlsTrust.of(OriginEnvironment.extraCa(OuterEnvironment.get(), UserFolders.home()));
        findings.addAll(new CaExamination(
                        CaFolder.in(cache.stateFolder()), Clock.systemUTC().instant())
                .findings());
        findings.addAll(new AgentExamination(cache.stateFolder(), urls, trackers.token(), tls).findings());
        int exitCode = findings.stream()
                .mapToInt(Finding::exitCode)
                .filter(code -> code != ExitCode.DONE)
                .findFirst()
                .orElse(ExitCode.DONE);
        PrintWriter out = report.out();
        for (Finding finding : findings) {
            if (report.json()) out.println(json(finding));
            else if (!report.quiet() || finding.level() != Finding.Level.OK)
                out.printf("%-7s  %-11s  %s%n", finding.level(), finding.subject(), Printable.of(finding.text()));
        }
        if (report.json()) out.println(Json.event("summary").put("good", exitCode == ExitCode.DONE));
        return exitCode;
    }

    private static Finding java() {
        String java = "Java " + Runtime.version() + ", " + System.getProperty("java.vendor") + ", hubswarm "
                + Version.number();
        String names = System.getProperty("sun.jnu.encoding", "UTF-8");
        if (names.equalsIgnoreCase("UTF-8")) return Finding.ok("program", java + ".");
        return Finding.warning(
                "program",
                java + ". In this locale file names are written in " + names
                        + ", which lacks most letters. Set LC_ALL=C.UTF-8.");
    }

    private static Json json(Finding finding) {
        return Json.event("finding")
                .put("subject", finding.subject())
                .put("level", finding.level().toString())
                .put("text", finding.text());
    }
}
