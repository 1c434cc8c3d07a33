package dev.hubswarm.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Looks for what may stand in the way of downloads. */
@Command(
        name = "doctor",
        description = "Check the network, the token, the cache and the disk, and say what to do.",
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
            "  HF_ENDPOINT=https://hub.example.org hubswarm doctor"
        })
final class DoctorCommand implements Callable<Integer> {
    @Mixin
    private final HubOptions hub = new HubOptions();

    @Mixin
    private final CacheOptions cache = new CacheOptions();

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Override
    public Integer call() throws InterruptedException {
        List<Finding> findings = new ArrayList<>();
        findings.add(java());
        findings.addAll(new HubExamination(hub).findings());
        findings.addAll(new DiskExamination(cache.folder(), cache.stateFolder()).findings());
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
