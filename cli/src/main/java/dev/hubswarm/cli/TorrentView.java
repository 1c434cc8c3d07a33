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
        long interval =
                style == ProgressLine.Style.BAR ? SECOND / 5 : style == ProgressLine.Style.JSON ? SECOND : 5 * SECOND;
        if (style == ProgressLine.Style.NONE || nowNanos - shownNanos < interval) return;
        shownNanos = nowNanos;
        switch (style) {
            case BAR -> lines.draw(picture(status, downRate, upRate));
            case LINES -> out.println(line(status, downRate, upRate));
            case JSON -> out.println(json(status, downRate, upRate));
            case NONE -> {}
        }
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
        picture.add(line(status, downRate, upRate));
        if (status.pieces() != null) picture.add("[" + bar(status, status.pieces(), width - 4) + "]");
        status.peers().stream()
                .sorted(Comparator.comparingDouble(TorrentView::rate).reversed())
                .limit(MOST_PEERS)
                .forEach(peer -> picture.add(peerLine(peer, status.received())));
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

    private static String peerLine(PeerSnapshot peer, long received) {
        String share = received == 0 ? "" : "  " + 100 * peer.received() / received + " %";
        return String.format(
                Locale.ROOT,
                "  %-21s  %10s/s down%s  %10s/s up  %s",
                peer.address(),
                Sizes.format((long) peer.sendsUs()),
                share,
                Sizes.format((long) peer.takesFromUs()),
                Printable.of(peer.client()));
    }

    private String line(TorrentStatus status, double downRate, double upRate) {
        String name = Printable.of(status.name());
        int room = Math.max(16, width / 3);
        if (name.length() > room) name = name.substring(0, room - 3) + "...";
        int count = status.peers().size();
        String known = status.known() > count ? " of " + status.known() + " known" : "";
        String peers = "  " + TorrentText.count(count, "peer") + known;
        String rates =
                "  down " + Sizes.format((long) downRate) + "/s  up " + Sizes.format((long) upRate) + "/s" + peers;
        return switch (status.stage()) {
            case METADATA -> name + ": asking for metadata" + peers;
            case CHECKING -> name + ": checking what is there, " + amount(status);
            case DOWNLOADING ->
                name + ": " + amount(status) + rates + ProgressLine.left(status.total() - status.done(), downRate);
            case SEEDING -> name + ": seeding, sent " + Sizes.format(status.sent()) + rates;
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
