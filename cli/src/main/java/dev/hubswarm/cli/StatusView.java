package dev.hubswarm.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** An agent's status as people read it. Stateless. */
final class StatusView {
    private static final int BAR = 20;
    private static final int MOST_SEEDS = 20;

    private StatusView() {}

    static List<String> lines(JsonNode status, int width) {
        List<String> lines = new ArrayList<>();
        lines.add("hubswarm agent " + text(status, "version") + ", process "
                + status.path("pid").asLong() + ", up for "
                + time(Duration.ofSeconds(status.path("uptime_seconds").asLong())));
        String proxy = text(status, "proxy");
        if (!proxy.isEmpty()) add(lines, "Proxy", "HF_ENDPOINT=http://" + proxy);
        List<String> untouched = new ArrayList<>();
        status.path("distrusting").forEach(program -> untouched.add(program.asString()));
        if (!untouched.isEmpty())
            add(lines, "Passed by", String.join(", ", untouched) + ": by TLS, as they do not trust our certificates");
        add(lines, "Peers call", "port " + status.path("peer_port").asInt());
        List<String> trackers = new ArrayList<>();
        status.path("trackers").forEach(tracker -> trackers.add(tracker.asString()));
        boolean isOwn = status.path("own_tracker").isString();
        add(lines, "Trackers", (isOwn ? "inside, at " : "") + String.join(", ", trackers));
        add(lines, "Limits", limits(status.path("limits")));
        lines.addAll(seeds(status, width));
        for (JsonNode transfer : status.path("transfers")) lines.addAll(transfer(transfer, width));
        if (status.path("transfers").isEmpty()) add(lines, "Transfers", "none");
        return lines;
    }

    private static List<String> seeds(JsonNode status, int width) {
        List<String> lines = new ArrayList<>();
        if (!status.path("seeding").asBoolean()) {
            add(lines, "Seeds", "none: it was told to send nothing, or uses a Hub of its own");
            return lines;
        }
        long size = 0;
        long sent = 0;
        int shared = 0;
        List<String> names = new ArrayList<>();
        for (JsonNode seed : status.path("seeds")) {
            size += seed.path("size").asLong();
            sent += seed.path("bytes_sent").asLong();
            String state = text(seed, "state");
            if (state.equals("shared")) shared++;
            if (names.size() < MOST_SEEDS) names.add(seed(seed, state, width));
        }
        int all = status.path("seeds").size();
        add(
                lines,
                "Seeds",
                shared + " of " + TorrentText.count(all, "file") + ", " + Sizes.format(size) + ", sent "
                        + Sizes.format(sent));
        lines.addAll(names);
        if (all > MOST_SEEDS) lines.add("    ... and " + (all - MOST_SEEDS) + " more; --json lists all");
        return lines;
    }

    private static String seed(JsonNode seed, String state, int width) {
        String line = String.format(
                Locale.ROOT,
                "    %-10s %10s, sent %10s, %s  %s/%s",
                state.replace('_', ' '),
                Sizes.format(seed.path("size").asLong()),
                Sizes.format(seed.path("bytes_sent").asLong()),
                TorrentText.count(seed.path("peers").asInt(), "peer"),
                text(seed, "repo_id"),
                text(seed, "path"));
        return line.length() < width ? line : line.substring(0, width - 1);
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
