package dev.hubswarm.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** An agent's status as people read it. Stateless. */
final class StatusView {
    private static final int BAR = 20;

    private StatusView() {}

    static List<String> lines(JsonNode status, int width) {
        List<String> lines = new ArrayList<>();
        lines.add("hubswarm agent " + text(status, "version") + ", process "
                + status.path("pid").asLong() + ", up for "
                + time(Duration.ofSeconds(status.path("uptime_seconds").asLong())));
        add(lines, "Peers call", "port " + status.path("peer_port").asInt());
        List<String> trackers = new ArrayList<>();
        status.path("trackers").forEach(tracker -> trackers.add(tracker.asString()));
        String own = status.path("own_tracker").asString("");
        add(lines, "Trackers", own.isEmpty() ? String.join(", ", trackers) : "inside, at http://" + own);
        add(lines, "Limits", limits(status.path("limits")));
        for (JsonNode transfer : status.path("transfers")) lines.addAll(transfer(transfer, width));
        if (status.path("transfers").isEmpty()) add(lines, "Transfers", "none");
        return lines;
    }

    private static void add(List<String> lines, String name, String value) {
        lines.add(String.format(Locale.ROOT, "  %-16s%s", name, Printable.of(value)));
    }

    private static String text(JsonNode node, String name) {
        return Printable.of(node.path(name).asString(""));
    }

    private static String limits(JsonNode limits) {
        return limit(limits, "upload") + " up, " + limit(limits, "download") + " down";
    }

    private static String limit(JsonNode limits, String direction) {
        long rate = limits.path(direction).asLong();
        return rate == 0 ? "any speed" : Sizes.format(rate) + "/s";
    }

    private static List<String> transfer(JsonNode transfer, int width) {
        long size = transfer.path("size").asLong();
        long done = transfer.path("bytes").asLong();
        long hub = transfer.path("bytes_from_hub").asLong();
        long peers = transfer.path("bytes_from_peers").asLong();
        int filled = size == 0 ? BAR : (int) (BAR * done / size);
        String line = String.format(
                Locale.ROOT,
                "  [%s%s] %s of %s, %d %% from peers  %s %s",
                "#".repeat(filled),
                ".".repeat(BAR - filled),
                Sizes.format(done),
                Sizes.format(size),
                hub + peers == 0 ? 0 : 100 * peers / (hub + peers),
                text(transfer, "repo"),
                text(transfer, "path"));
        return List.of(line.length() < width ? line : line.substring(0, width - 1));
    }

    private static String time(Duration time) {
        if (time.toDays() > 0) return time.toDays() + " d " + time.toHoursPart() + " h";
        if (time.toHours() > 0) return time.toHours() + " h " + time.toMinutesPart() + " min";
        return time.toMinutes() > 0 ? time.toMinutes() + " min" : time.toSeconds() + " s";
    }
}
