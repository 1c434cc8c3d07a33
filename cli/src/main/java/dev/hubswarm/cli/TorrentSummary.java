package dev.hubswarm.cli;

import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Metainfo;
import java.util.List;
import java.util.function.Predicate;

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
                : Sizes.format(status.received()) + " from "
                        + TorrentText.count(status.sources().size(), "peer");
        long count = files().size();
        report.err()
                .printf(
                        "%s, %s, %s, in %.1f s%n",
                        TorrentText.count(count, "file"), Sizes.format(status.total()), fetched, seconds());
    }

    private List<FileEntry> files() {
        return TorrentText.payload(torrent).stream().filter(wanted).toList();
    }

    Json json(String event, TorrentStatus status) {
        List<Json> sources = status.sources().stream()
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
                .put("bytes_from_peers", status.received())
                .put("bytes_sent", status.sent())
                .put("sources", sources)
                .put("files", files);
    }
}
