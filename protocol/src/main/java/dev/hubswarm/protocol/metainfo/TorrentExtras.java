package dev.hubswarm.protocol.metainfo;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a torrent file says beside its info dictionary: hints, which its info hash does not cover. Immutable.
 *
 * @param trackers tiers of announce URLs (BEP 12)
 * @param webSeeds BEP 19 URLs
 */
public record TorrentExtras(
        List<List<String>> trackers,
        List<String> webSeeds,
        @Nullable String comment,
        @Nullable String createdBy) {
    public static final TorrentExtras NONE = new TorrentExtras(List.of(), List.of(), null, null);

    public TorrentExtras {
        trackers = trackers.stream()
                .filter(tier -> !tier.isEmpty())
                .map(List::copyOf)
                .toList();
        webSeeds = List.copyOf(webSeeds);
    }
}
