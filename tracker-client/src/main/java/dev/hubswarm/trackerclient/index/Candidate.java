package dev.hubswarm.trackerclient.index;

import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.MetainfoException;
import java.io.IOException;
import java.util.function.Predicate;

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

    /** Reads the torrent that a tracker gave. A private one is for its own tracker's peers alone (BEP 27). */
    static Metainfo torrent(byte[] bytes, Predicate<Metainfo> asWanted) throws IOException {
        try {
            Metainfo torrent = Metainfo.read(bytes);
            if (!torrent.isPrivate() && asWanted.test(torrent)) return torrent.withoutExtras();
        } catch (MetainfoException e) {
            throw new IOException("not a torrent", e);
        }
        throw new IOException("not the torrent that was asked for");
    }
}
