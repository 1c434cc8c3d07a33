package dev.hubswarm.seeder;

import dev.hubswarm.trackerclient.contact.TrackerUrl;
import dev.hubswarm.trackerclient.index.CataloguePublisher;
import dev.hubswarm.trackerclient.index.TorrentIndex;
import org.jspecify.annotations.Nullable;

/**
 * A tracker at which this machine tells what it shares. Immutable.
 *
 * @param catalogue null for one that has none, and only takes announces
 */
public record SeedTracker(TrackerUrl url, @Nullable Catalogue catalogue) {
    /** Where torrents are published, and what tells whether they still are there. Immutable. */
    public record Catalogue(CataloguePublisher publisher, TorrentIndex index) {}
}
