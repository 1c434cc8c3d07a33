package dev.hubswarm.cli;

import dev.hubswarm.p2pengine.peer.PeerSnapshot;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Shows a torrent on its way: on a terminal its pieces, rates and fastest peers, else a plain line every few seconds, or
 * JSON. Confined to one thread.
 */
final class TorrentView implements TorrentGet.Watcher, AutoCloseable {
    private static final long SECOND = 1_000_000_000L;
    private static final int MOST_PEERS = 5;

    private final PrintWriter out;
    private final ProgressLine.Style style;
    private final LiveLines lines;
    private final int width;
    private final Speed down = new Speed();
    private final Speed up = new Speed();
    private long received;
    private long sent;
    private long shownNanos;

    TorrentView(PrintWriter out, ProgressLine.Style style, int width, long nowNanos) {
        this.out = out;
        this.style = style;
        this.width = width;
        lines = new LiveLines(out, width);
        shownNanos = nowNanos;
        down.at(nowNanos);
        up.at(nowNanos);
    }

    @Override
    public void show(TorrentStatus status) {
        show(status, System.nanoTime());
    }

    void show(TorrentStatus status, long nowNanos) {
        down.add(status.received() - received);
        up.add(status.sent() - sent);
        received = status.received();
        sent = status.sent();
        double downRate = down.at(nowNanos);
        double upRate = up.at(nowNanos);
        if (style == ProgressLine.Style.NONE || nowNanos - shownNanos < interval(status.stage())) return;
        shownNanos = nowNanos;
        switch (style) {
            case BAR -> lines.draw(picture(status, downRate, upRate));
            case LINES -> out.println(shortened(name(status)) + ": " + line(status, downRate, upRate));
            case JSON -> out.println(json(status, downRate, upRate));
            case NONE -> {}
        }
    }

    private long interval(TorrentStatus.Stage stage) {
        return switch (style) {
            case BAR -> SECOND / 5;
            case JSON -> SECOND;
            // Seeding may last for days, and the lines go into a log.
            case LINES, NONE -> stage == TorrentStatus.Stage.SEEDING ? 60 * SECOND : 5 * SECOND;
        };
    }

    void listening(int port) {
        if (style == ProgressLine.Style.JSON)
            out.println(Json.event("listening").put("port", port));
    }

    @Override
    public void say(String what) {
        lines.clear();
        if (style == ProgressLine.Style.JSON) out.println(Json.event("note").put("message", what));
        else if (style != ProgressLine.Style.NONE) out.println("hubswarm: " + Printable.of(what));
    }

    private List<String> picture(TorrentStatus status, double downRate, double upRate) {
        List<String> picture = new ArrayList<>();
        picture.add(name(status));
        picture.add(line(status, downRate, upRate));
        if (status.pieces() != null) picture.add("[" + bar(status, status.pieces(), width - 4) + "]");
        List<PeerSnapshot> fastest = status.peers().stream()
                .sorted(Comparator.comparingDouble(TorrentView::rate).reversed())
                .limit(MOST_PEERS)
                .toList();
        int room = fastest.stream()
                .mapToInt(peer -> peer.address().toString().length())
                .max()
                .orElse(0);
        fastest.forEach(peer -> picture.add(peerLine(peer, room, status.received())));
        int more = status.peers().size() - MOST_PEERS;
        if (more > 0) picture.add("and " + more + " more");
        return picture;
    }

    /** One character for a run of pieces: all, some or none of those that are wanted are here; blank if none is wanted. */
    private static String bar(TorrentStatus status, WantedPieces pieces, int room) {
        int columns = Math.max(1, Math.min(room, pieces.count()));
        StringBuilder bar = new StringBuilder(columns);
        for (int i = 0; i < columns; i++) {
            int from = (int) ((long) pieces.count() * i / columns);
            int to = (int) ((long) pieces.count() * (i + 1) / columns);
            int wanted = 0;
            int here = 0;
            for (int piece = from; piece < to; piece++) {
                if (!pieces.isWanted(piece)) continue;
                wanted++;
                if (status.verified().get(piece)) here++;
            }
            bar.append(wanted == 0 ? ' ' : here == wanted ? '#' : here > 0 ? ':' : '.');
        }
        return bar.toString();
    }

    private static double rate(PeerSnapshot peer) {
        return peer.sendsUs() + peer.takesFromUs();
    }

    private static String peerLine(PeerSnapshot peer, int room, long received) {
        String share = received == 0 ? "" : String.format(Locale.ROOT, "  %3d %%", 100 * peer.received() / received);
        String padding = " ".repeat(room - peer.address().toString().length());
        return String.format(
                Locale.ROOT,
                "  %s%s  %8s/s down%s  %8s/s up  %s",
                peer.address(),
                padding,
                Sizes.format((long) peer.sendsUs()),
                share,
                Sizes.format((long) peer.takesFromUs()),
                Printable.of(peer.client()));
    }

    private static String name(TorrentStatus status) {
        return Printable.of(status.name());
    }

    private String shortened(String name) {
        int room = Math.max(16, width / 3);
        return name.length() > room ? name.substring(0, room - 3) + "..." : name;
    }

    /** What matters most comes first, for a narrow terminal cuts off the end. */
    private static String line(TorrentStatus status, double downRate, double upRate) {
        int count = status.peers().size();
        String known = status.known() > count ? " of " + status.known() + " known" : "";
        String servers = status.servers().isEmpty()
                ? ""
                : ", " + TorrentText.count(status.servers().size(), "web server");
        String peers = "  " + TorrentText.count(count, "peer") + known + servers;
        String up = "  up " + Sizes.format((long) upRate) + "/s";
        return switch (status.stage()) {
            case METADATA -> "asking for metadata" + peers;
            case CHECKING -> "checking what is there, " + amount(status);
            case DOWNLOADING ->
                amount(status) + "  down " + Sizes.format((long) downRate) + "/s"
                        + ProgressLine.left(status.total() - status.done(), downRate) + up + peers;
            case SEEDING -> "seeding, sent " + Sizes.format(status.sent()) + up + peers;
        };
    }

    private static String amount(TorrentStatus status) {
        long percent = status.total() == 0 ? 100 : 100 * status.done() / status.total();
        return percent + " %  " + Sizes.format(status.done()) + " of " + Sizes.format(status.total());
    }

    private static Json json(TorrentStatus status, double downRate, double upRate) {
        return Json.event("progress")
                .put("stage", status.stage().word())
                .put("bytes", status.done())
                .put("total", status.total())
                .put("bytes_per_second", (long) downRate)
                .put("bytes_sent", status.sent())
                .put("bytes_sent_per_second", (long) upRate)
                .put("peers", status.peers().size())
                .put("known_peers", status.known());
    }

    @Override
    public void close() {
        lines.clear();
    }
}
