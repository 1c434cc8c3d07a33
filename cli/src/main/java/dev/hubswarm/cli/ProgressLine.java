package dev.hubswarm.cli;

import dev.hubswarm.torrentcreator.Progress;
import java.io.PrintWriter;
import java.util.Locale;

/**
 * Shows how far a read has come: a bar on a terminal, else a plain line every few seconds, or JSON. Confined to one
 * thread.
 */
final class ProgressLine implements Progress, AutoCloseable {
    /** How to show it. */
    enum Style {
        BAR,
        LINES,
        JSON,
        NONE
    }

    private static final long SECOND = 1_000_000_000L;
    private static final double MOST_SECONDS = 100 * 3600;

    private final PrintWriter out;
    private final Style style;
    private final String what;
    private final int width;
    private final long startedNanos;
    private long shownNanos;
    private boolean drawn;

    ProgressLine(PrintWriter out, Style style, String what, int width, long nowNanos) {
        this.out = out;
        this.style = style;
        this.what = what;
        this.width = width;
        this.startedNanos = nowNanos;
        this.shownNanos = nowNanos;
    }

    @Override
    public void bytesRead(long done, long total) {
        bytesRead(done, total, System.nanoTime());
    }

    void bytesRead(long done, long total, long nowNanos) {
        long interval = style == Style.BAR ? SECOND / 10 : style == Style.JSON ? SECOND : 5 * SECOND;
        if (style == Style.NONE || nowNanos - shownNanos < interval) return;
        shownNanos = nowNanos;
        double seconds = (nowNanos - startedNanos) / (double) SECOND;
        double rate = done / seconds;
        switch (style) {
            case BAR -> {
                out.print("\r" + bar(done, total, rate));
                out.flush();
                drawn = true;
            }
            case LINES -> out.println(what + ": " + numbers(done, total, rate));
            case JSON ->
                out.println(Json.event("progress")
                        .put("bytes", done)
                        .put("total", total)
                        .put("bytes_per_second", (long) rate));
            case NONE -> {}
        }
    }

    /** Takes the bar away, so that what is printed next begins on an empty line. */
    @Override
    public void close() {
        if (!drawn) return;
        out.print("\r" + " ".repeat(width - 1) + "\r");
        out.flush();
    }

    private String bar(long done, long total, double rate) {
        String numbers = numbers(done, total, rate);
        int room = Math.max(0, Math.min(40, width - numbers.length() - what.length() - 6));
        int filled = total == 0 ? room : (int) (room * done / total);
        String bar = room < 5 ? "" : "[" + "#".repeat(filled) + ".".repeat(room - filled) + "] ";
        String line = what + " " + bar + numbers;
        String cut = line.length() < width ? line : line.substring(0, width - 1);
        return cut + " ".repeat(Math.max(0, width - 1 - cut.length()));
    }

    private static String numbers(long done, long total, double rate) {
        long percent = total == 0 ? 100 : 100 * done / total;
        return String.format(
                Locale.ROOT,
                "%3d %%  %s of %s  %s/s%s",
                percent,
                Sizes.format(done),
                Sizes.format(total),
                Sizes.format((long) rate),
                left(total - done, rate));
    }

    /** How long it will take; empty where nobody knows, as when nothing moves. */
    static String left(long bytes, double rate) {
        double seconds = Math.ceil(bytes / rate);
        if (!(seconds < MOST_SECONDS)) return "";
        long left = (long) seconds;
        return left < 3600
                ? String.format(Locale.ROOT, "  %d:%02d left", left / 60, left % 60)
                : String.format(Locale.ROOT, "  %d:%02d:%02d left", left / 3600, left / 60 % 60, left % 60);
    }
}
