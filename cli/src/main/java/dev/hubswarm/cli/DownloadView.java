package dev.hubswarm.cli;

import dev.hubswarm.agent.accelerator.FileResult;
import dev.hubswarm.agent.accelerator.RepoFetch;
import dev.hubswarm.hub.origin.HubFile;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far a download has come: on a terminal a line for each file on its way and one for all, else a plain line
 * every few seconds, or JSON. Thread-safe.
 */
final class DownloadView implements RepoFetch.Listener, AutoCloseable {
    private static final long SECOND = 1_000_000_000L;
    private static final int MOST_LINES = 8;
    private static final long PATIENCE_NANOS = 20 * SECOND;

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

    private final PrintWriter out;
    private final LiveLines picture;
    private final ProgressLine.Style style;
    private final int width;
    private final int files;
    private final long size;
    private final @Nullable String inSilence;
    private final Map<HubFile, Line> active = new LinkedHashMap<>();
    private final Speed speed = new Speed();
    private int ended;
    private long done;
    private long hubBytes;
    private long peersBytes;
    private long shownNanos;
    private long doneBefore;
    private long heardNanos;
    private long patience = PATIENCE_NANOS;

    /** @param inSilence what is said when nothing comes for long; null for nothing */
    DownloadView(
            PrintWriter out,
            ProgressLine.Style style,
            int width,
            int files,
            long size,
            @Nullable String inSilence,
            long nowNanos) {
        this.out = out;
        picture = new LiveLines(out, width);
        this.style = style;
        this.width = width;
        this.files = files;
        this.size = size;
        this.inSilence = inSilence;
        this.shownNanos = heardNanos = nowNanos;
        speed.at(nowNanos);
    }

    @Override
    public synchronized void began(HubFile file, long present) {
        active.put(file, new Line(file.size(), present));
        done += present;
    }

    @Override
    public synchronized void fetched(HubFile file, long fromHub, long fromPeers) {
        long bytes = fromHub + fromPeers;
        peersBytes += fromPeers;
        hubBytes += fromHub;
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
        sayIfNothingComes(nowNanos);
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
                        .put("bytes_from_hub", hubBytes)
                        .put("bytes_from_peers", peersBytes)
                        .put("bytes_per_second", (long) rate));
            case NONE -> {}
        }
    }

    /** Seldomer each time; also with --quiet, since nobody else says why it does not end. */
    private void sayIfNothingComes(long nowNanos) {
        if (done != doneBefore) {
            doneBefore = done;
            heardNanos = nowNanos;
            patience = PATIENCE_NANOS;
        }
        if (inSilence == null || nowNanos - heardNanos < patience) return;
        patience *= 2;
        String text = "Nothing came for " + (nowNanos - heardNanos) / SECOND + " s. " + inSilence;
        picture.clear();
        out.println(style == ProgressLine.Style.JSON ? Json.event("note").put("message", text) : "hubswarm: " + text);
        out.flush();
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
        picture.draw(lines);
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
                "%d of %s  %s of %s  %s/s%s%s",
                ended,
                TorrentText.count(files, "file"),
                Sizes.format(done),
                Sizes.format(size),
                Sizes.format((long) rate),
                ProgressLine.left(size - done, rate),
                peersBytes == 0 ? "" : "  " + share() + " from peers");
    }

    private String share() {
        return 100 * peersBytes / (peersBytes + hubBytes) + " %";
    }

    /** Takes the lines away, so that what is printed next begins where they began. */
    @Override
    public synchronized void close() {
        picture.clear();
    }
}
