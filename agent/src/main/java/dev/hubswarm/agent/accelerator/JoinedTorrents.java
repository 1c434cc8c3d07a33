package dev.hubswarm.agent.accelerator;

import dev.hubswarm.p2pengine.store.PieceHashes;
import dev.hubswarm.p2pengine.swarm.PeerOrigin;
import dev.hubswarm.p2pengine.swarm.Swarm;
import dev.hubswarm.p2pengine.swarm.SwarmSnapshot;
import dev.hubswarm.p2pengine.swarm.SwarmTorrent;
import dev.hubswarm.p2pengine.transfer.Excerpts;
import dev.hubswarm.p2pengine.transfer.OtherGrid;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.CanonicalTorrent;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.trackerclient.announce.AnnounceListener;
import dev.hubswarm.trackerclient.announce.Announcement;
import dev.hubswarm.trackerclient.announce.Announcer;
import dev.hubswarm.trackerclient.announce.Progress;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The torrents in whose swarms files are looked for at present. Confined to the swarm's loop.
 *
 * <p>A swarm has one entry for each info hash. The files of a snapshot's torrent share it, its peers, and what trackers
 * are told of it.
 */
final class JoinedTorrents {
    private static final System.Logger LOG = System.getLogger(JoinedTorrents.class.getName());

    private final Swarm swarm;
    private final Announcer announcer;
    private final List<TrackerUrl> trackers;
    private final List<PeerAddress> neighbours;
    private final Map<InfoHash, Joined> all = new HashMap<>();

    JoinedTorrents(Swarm swarm, Announcer announcer, List<TrackerUrl> trackers, List<PeerAddress> neighbours) {
        this.swarm = swarm;
        this.announcer = announcer;
        this.trackers = trackers;
        this.neighbours = neighbours;
    }

    /**
     * Asks a torrent's peers for a file, and its trackers for peers.
     *
     * @param file the one in it
     * @return null if that can't be, as when this machine shares it already
     */
    @Nullable
    Membership join(Metainfo torrent, FileEntry file, Hash digest, Transfer transfer) {
        boolean isCanonical = CanonicalTorrent.isOf(torrent, digest);
        Joined here = all.get(torrent.infoHash());
        if (here == null && swarm.isJoined(torrent.infoHash())) return null;
        if (here != null && (isCanonical || here.excerpts == null)) return null;
        Joined joined = here == null ? new Joined(torrent, isCanonical ? null : new Excerpts(torrent)) : here;
        Membership member = joined.add(file, transfer);
        if (here == null) joined.begin(transfer);
        return member;
    }

    /** One torrent. Confined to the loop. */
    private final class Joined implements AnnounceListener {
        private final Metainfo torrent;
        /** Null if it is the torrent of one file alone. */
        private final @Nullable Excerpts excerpts;

        private final SwarmTorrent swarmTorrent;
        private final List<Announcement> announcements = new ArrayList<>();
        /** With what trackers are told of each. */
        private final Map<Membership, Progress> members = new LinkedHashMap<>();

        private boolean isClosed;
        private volatile Progress progress = new Progress(0, 0, 0);

        Joined(Metainfo torrent, @Nullable Excerpts excerpts) {
            this.torrent = torrent;
            this.excerpts = excerpts;
            swarmTorrent = swarm.join(torrent.infoHash(), FilePeers.NO_NEWS);
            all.put(torrent.infoHash(), this);
        }

        Membership add(FileEntry file, Transfer transfer) {
            OtherGrid part = excerpts == null ? null : excerpts.add(transfer, file);
            Membership member = new Membership(this, part);
            tell(member, new Progress(0, 0, file.length()));
            PieceHashes hashes =
                    part == null ? PieceHashes.of(torrent) : PieceHashes.ofFile(torrent, file, transfer.geometry());
            transfer.attachOnceShared(hashes);
            return member;
        }

        void begin(Transfer transfer) {
            swarmTorrent.begin(excerpts == null ? transfer : excerpts, torrent);
            swarmTorrent.found(neighbours, PeerOrigin.GIVEN);
            SwarmKey key = SwarmKey.allOf(torrent.infoHash()).get(0);
            for (TrackerUrl tracker : trackers)
                announcements.add(announcer.announce(key, List.of(List.of(tracker)), () -> progress, this));
        }

        void tell(Membership member, Progress of) {
            members.put(member, of);
            long downloaded =
                    members.values().stream().mapToLong(Progress::downloaded).sum();
            long left = members.values().stream().mapToLong(Progress::left).sum();
            progress = new Progress(swarmTorrent.group().bytesSent(), downloaded, left);
        }

        void leave(Membership member, @Nullable OtherGrid part) {
            if (members.remove(member) == null) return;
            if (excerpts != null && part != null) excerpts.remove(part);
            if (!members.isEmpty()) return;
            isClosed = true;
            all.remove(torrent.infoHash());
            announcements.forEach(Announcement::close);
            swarmTorrent.close();
        }

        @Override
        public void peers(TrackerUrl tracker, List<PeerAddress> found) {
            swarm.loop().execute(() -> {
                if (!isClosed) swarmTorrent.found(found, PeerOrigin.TRACKER);
            });
        }

        @Override
        public void failed(TrackerUrl tracker, String why) {
            LOG.log(System.Logger.Level.DEBUG, () -> tracker + ": " + why);
        }
    }

    /** One file's place in the swarm of a torrent. Confined to the loop. */
    static final class Membership {
        private final Joined of;
        private final @Nullable OtherGrid part;

        private Membership(Joined of, @Nullable OtherGrid part) {
            this.of = of;
            this.part = part;
        }

        Metainfo torrent() {
            return of.torrent;
        }

        SwarmSnapshot snapshot() {
            return of.swarmTorrent.snapshot();
        }

        /** What trackers are told from now on. */
        void tellProgress(long downloaded, long left) {
            of.tell(this, new Progress(0, downloaded, left));
        }

        /** It does not hold the file: who contradicted it did not lie. */
        void acquitPeers() {
            of.swarmTorrent.acquitAll();
        }

        void leave() {
            of.leave(this, part);
        }
    }
}
