package dev.hubswarm.cli;

import dev.hubswarm.cli.SourceShares.Share;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Metainfo;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What is said at the end of a download. Immutable. */
record TorrentSummary(Metainfo torrent, Predicate<FileEntry> wanted, TorrentPlace place, long startedNanos) {
    private double seconds() {
        return (System.nanoTime() - startedNanos) / 1e9;
    }

    void print(ReportOptions report, TorrentView view, TorrentStatus status) {
        view.close();
        report.out().println(place.named());
        String fetched = status.received() == 0
                ? "all there already, and right"
                : Sizes.format(status.received()) + from(status);
        long count = files().size();
        report.err()
                .printf(
                        "%s, %s, %s, in %.1f s%n",
                        TorrentText.count(count, "file"), Sizes.format(status.total()), fetched, seconds());
    }

    private static String from(TorrentStatus status) {
        String peers = " from " + TorrentText.count(status.sources().size(), "peer");
        if (status.servers().isEmpty()) return peers;
        String servers = TorrentText.count(status.servers().size(), "web server");
        if (status.sources().isEmpty()) return " from " + servers;
        return peers + " and " + servers + ", " + 100 * status.fromServers() / status.received()
                + " % of it from the web";
    }

    /** At the end of seeding. */
    void printSent(ReportOptions report, TorrentStatus status) {
        String times = status.total() == 0
                ? ""
                : String.format(Locale.ROOT, ", %.2f times its size", (double) status.sent() / status.total());
        report.err().printf("Sent %s%s, in %.1f s%n", Sizes.format(status.sent()), times, seconds());
    }

    private List<FileEntry> files() {
        return TorrentText.payload(torrent).stream().filter(wanted).toList();
    }

    Json json(String event, TorrentStatus status) {
        Stream<Share> servers = status.servers().entrySet().stream()
                .map(server -> new Share(server.getKey(), "web server", server.getValue()));
        List<Json> sources = Stream.concat(status.sources().stream(), servers)
                .map(source -> new Json()
                        .put("address", source.address())
                        .put("client", source.client())
                        .put("bytes", source.bytes()))
                .toList();
        List<Json> files = files().stream()
                .map(file -> new Json()
                        .put("path", file.displayPath())
                        .put("size", file.length())
                        .put("verified", true))
                .toList();
        return TorrentText.putHead(Json.event(event), torrent)
                .put("path", place.named())
                .put("seconds", seconds())
                .put("bytes_from_hub", 0)
                .put("bytes_from_peers", status.received() - status.fromServers())
                .put("bytes_from_web", status.fromServers())
                .put("bytes_sent", status.sent())
                .put("sources", sources)
                .put("files", files);
    }
}
