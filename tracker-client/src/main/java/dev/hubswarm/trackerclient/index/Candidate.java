package dev.hubswarm.trackerclient.index;

import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Metainfo;

/**
 * A torrent that may hold a wanted file. Immutable. Only a hint: it is consistent in itself, and the file in it has the
 * right length, but whether its content is the file's shows when the whole of it has the Hub's digest.
 *
 * @param torrent without extras, so that its maker's trackers and web seeds are nobody's (reliability.md T27)
 * @param file the one in it
 * @param attested whether a tracker that the user trusts says that a publisher with a token vouches for it
 * @param seeders as the tracker counts them; {@link #UNSAID} if it does not say
 */
public record Candidate(Metainfo torrent, FileEntry file, boolean attested, int seeders) {
    public static final int UNSAID = -1;
}
