package dev.hubswarm.cli;

import dev.hubswarm.hub.download.FileResult;
import dev.hubswarm.hub.download.RepoDownload;
import dev.hubswarm.hub.origin.HubFile;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Shows how far a download has come: on a terminal a line for each file on its way and one for all, else a plain line
 * every few seconds, or JSON. Thread-safe.
 */
final class DownloadView implements RepoDownload.Listener, AutoCloseable {
    private static final long SECOND = 1_000_000_000L;
    private static final int MOST_LINES = 8;
    /** How far back speed looks. */
    private static final double SPEED_SECONDS = 3;

    /** A line that is wider than the terminal, as names of wide letters make it, would take two rows of the picture. */
    private static final String WRAP_OFF = "\u001b[?7l";

    private static final String WRAP_ON = "\u001b[?7h";
    private static final String CLEAR_LINE = "\u001b[2K";
    private static final String CLEAR_BELOW = "\u001b[J";

    private static final class Line {
        private final long size;
        private long done;
        private final Speed speed = new Speed();
        /** When it was first to be drawn, or 0. */
        private long seenNanos;

        Line(long size, long done) {
            this.size = size;
            this.done = done;
        }
    }

    /** A moving average. */
    private static final class Speed {
        private double bytesPerSecond;
        private long bytes;
        private long lastNanos;

        void add(long more) {
            bytes += more;
        }

        double at(long nowNanos) {
            double seconds = (nowNanos - lastNanos) / (double) SECOND;
            if (lastNanos == 0 || seconds >= 0.2) {
                double rate = lastNanos == 0 ? 0 : bytes / seconds;
                double weight = bytesPerSecond == 0 ? 1 : Math.min(1, seconds / SPEED_SECONDS);
                bytesPerSecond += weight * (rate - bytesPerSecond);
                bytes = 0;
                lastNanos = nowNanos;
            }
            return bytesPerSecond;
        }
    }

    private final PrintWriter out;
    private final ProgressLine.Style style;
    private final int width;
    private final int files;
    private final long size;
    private final Map<HubFile, Line> active = new LinkedHashMap<>();
    private final Speed speed = new Speed();
    private int ended;
    private long done;
    private long shownNanos;
    private int drawnLines;

    DownloadView(PrintWriter out, ProgressLine.Style style, int width, int files, long size, long nowNanos) {
        this.out = out;
        this.style = style;
        this.width = width;
        this.files = files;
        this.size = size;
        this.shownNanos = nowNanos;
        speed.at(nowNanos);
    }

    @Override
    public synchronized void began(HubFile file, long present) {
        active.put(file, new Line(file.size(), present));
        done += present;
    }

    @Override
    public synchronized void fetched(HubFile file, long bytes) {
        Line line = active.get(file);
        if (line != null) {
            line.done += bytes;
            line.speed.add(bytes);
        }
        done += bytes;
        speed.add(bytes);
    }

    @Override
    public synchronized void ended(FileResult result) {
        ended++;
        Line line = active.remove(result.file());
        // Also right where a file was fetched twice, or not at all.
        done += result.file().size() - (line == null ? 0 : line.done);
        if (style == ProgressLine.Style.JSON) out.println(DownloadText.json("file", result));
    }

    @Override
    public void tick() {
        show(System.nanoTime());
    }

    synchronized void show(long nowNanos) {
        long interval =
                style == ProgressLine.Style.BAR ? SECOND / 5 : style == ProgressLine.Style.JSON ? SECOND : 5 * SECOND;
        double rate = speed.at(nowNanos);
        if (style == ProgressLine.Style.NONE || nowNanos - shownNanos < interval) return;
        shownNanos = nowNanos;
        switch (style) {
            case BAR -> draw(nowNanos, rate);
            case LINES -> out.println(total(rate));
            case JSON ->
                out.println(Json.event("progress")
                        .put("files", ended)
                        .put("total_files", files)
                        .put("bytes", done)
                        .put("total", size)
                        .put("bytes_per_second", (long) rate));
            case NONE -> {}
        }
    }

    private void draw(long nowNanos, double rate) {
        List<String> lines = new ArrayList<>();
        int more = 0;
        for (Map.Entry<HubFile, Line> file : active.entrySet()) {
            Line line = file.getValue();
            if (line.seenNanos == 0) line.seenNanos = nowNanos;
            // What comes and goes at once cannot be read.
            if (nowNanos - line.seenNanos < SECOND) continue;
            if (lines.size() < MOST_LINES) lines.add(fileLine(file.getKey().path(), line, nowNanos));
            else more++;
        }
        if (more > 0) lines.add("and " + more + " more");
        lines.add(total(rate));
        StringBuilder screen = new StringBuilder(WRAP_OFF).append(top());
        for (String line : lines) screen.append(CLEAR_LINE).append(cut(line)).append('\n');
        out.print(screen.append(CLEAR_BELOW).append(WRAP_ON));
        out.flush();
        drawnLines = lines.size();
    }

    private String top() {
        // From the left, where Ctrl-C may have left its mark.
        return drawnLines == 0 ? "" : "\r\u001b[" + drawnLines + "A";
    }

    private String fileLine(String path, Line line, long nowNanos) {
        String name = Printable.of(path);
        int room = Math.max(16, width / 3);
        if (name.length() > room) name = "..." + name.substring(name.length() - room + 3);
        return String.format(
                Locale.ROOT,
                "%-" + room + "s %s %10s  %10s/s",
                name,
                bar(line.done, line.size, Math.max(5, width - room - 34)),
                Sizes.format(line.size),
                Sizes.format((long) line.speed.at(nowNanos)));
    }

    private static String bar(long done, long size, int room) {
        int filled = size == 0 ? room : (int) Math.min(room, room * done / size);
        return "[" + "#".repeat(filled) + ".".repeat(room - filled) + "]";
    }

    private String total(double rate) {
        return String.format(
                Locale.ROOT,
                "%d of %s  %s of %s  %s/s%s",
                ended,
                TorrentText.count(files, "file"),
                Sizes.format(done),
                Sizes.format(size),
                Sizes.format((long) rate),
                ProgressLine.left(size - done, rate));
    }

    private String cut(String line) {
        return line.length() < width ? line : line.substring(0, width - 1);
    }

    /** Takes the lines away, so that what is printed next begins where they began. */
    @Override
    public synchronized void close() {
        if (drawnLines == 0) return;
        out.print(top() + CLEAR_BELOW);
        out.flush();
        drawnLines = 0;
    }
}
