package dev.hubswarm.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command tells what it does. Confined to one thread. */
final class ReportOptions {
    @Option(names = "--json", description = "Print one JSON object per line; the last one is the summary.")
    private boolean json;

    @Option(names = "--quiet", description = "Print nothing but errors.")
    private boolean quiet;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it.
    private CommandSpec spec;

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }

    boolean json() {
        return json;
    }

    boolean quiet() {
        return quiet;
    }

    /** JSON goes to standard output with the summary, anything else to standard error. */
    ProgressLine progress(String what) {
        return progress(what, false);
    }

    /** @param outputIsTaken by something else than words */
    ProgressLine progress(String what, boolean outputIsTaken) {
        ProgressLine.Style style = style();
        boolean toOutput = style == ProgressLine.Style.JSON && !outputIsTaken;
        return new ProgressLine(toOutput ? out() : err(), style, what, Terminal.width(), System.nanoTime());
    }

    ProgressLine.Style style() {
        if (quiet) return ProgressLine.Style.NONE;
        if (json) return ProgressLine.Style.JSON;
        return Terminal.isInteractive() ? ProgressLine.Style.BAR : ProgressLine.Style.LINES;
    }
}
