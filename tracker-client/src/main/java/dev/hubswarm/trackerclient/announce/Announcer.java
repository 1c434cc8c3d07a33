package dev.hubswarm.trackerclient.announce;

import static java.lang.System.Logger.Level.DEBUG;

import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerAddress.Scope;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.announce.TrackerFailure;
import dev.hubswarm.trackerclient.announce.AnnounceLoop.Timer;
import dev.hubswarm.trackerclient.announce.AnnounceSchedule.Due;
import dev.hubswarm.trackerclient.contact.Family;
import dev.hubswarm.trackerclient.contact.NoAnswer;
import dev.hubswarm.trackerclient.contact.TrackerHttp;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Tells trackers which torrents this machine has or wants, and hears who else does. One for a process. Thread-safe: its
 * state belongs to one thread of its own, which no announce holds up.
 *
 * <p>It uses the trackers it is given and no others: what a torrent says of trackers is for whoever starts it to read,
 * and only where the user named that torrent (reliability.md T27).
 */
public final class Announcer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Announcer.class.getName());

    private static final long HTTP_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** The first datagram and one more, and time for its answer (BEP 15). */
    private static final long UDP_NANOS = TimeUnit.SECONDS.toNanos(45);

    private static final long STOP_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** For the goodbyes of all torrents together. */
    private static final long CLOSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1_800);
    /** As many as llmpt's gives, and ours. */
    private static final int NUM_WANT = 50;

    private static final List<Family> FAMILIES = List.of(Family.V4, Family.V6);

    private final PeerId peerId;
    private final int port;
    private final Predicate<TrackerUrl> isOurs;
    private final RandomGenerator random;
    private final AnnounceLoop loop = new AnnounceLoop();
    private final Carrier http;
    private final Carrier udp;
    private final ExternalAddresses externalAddresses = new ExternalAddresses();
    private final Map<TrackerUrl, AnnounceBudget> budgets = new HashMap<>();
    private final Set<Torrent> torrents = new HashSet<>();
    private final List<CompletableFuture<Heard>> goodbyes = new ArrayList<>();

    /**
     * @param http not closed with it
     * @param port where peers reach us; 0 if nowhere
     * @param isOurs whether a tracker is known to take announces as often as there are torrents; others have a limit.
     *     Asked on the announcer's thread
     * @param random thread-safe
     */
    public Announcer(TrackerHttp http, PeerId peerId, int port, Predicate<TrackerUrl> isOurs, RandomGenerator random) {
        this.peerId = peerId;
        this.port = port;
        this.isOurs = isOurs;
        this.random = random;
        this.http = new HttpTracker(http);
        this.udp = new UdpTracker(loop, http.threads(), random);
    }

    /**
     * Announces a torrent from now on.
     *
     * @param tiers of trackers, of which one at a time is used (BEP 12). Trackers that are to be used all at once are
     *     announced to by one call each
     * @param progress asked on the announcer's thread
     */
    public Announcement announce(
            SwarmKey swarm, List<List<TrackerUrl>> tiers, Supplier<Progress> progress, AnnounceListener listener) {
        Torrent torrent = new Torrent(swarm, tiers, progress, listener);
        loop.execute(() -> {
            torrents.add(torrent);
            torrent.step();
        });
        return torrent;
    }

    /** As which address the world sees this machine, if two trackers agree on it (BEP 24). */
    public @Nullable PeerAddress externalAddress(boolean v6) {
        return externalAddresses.agreed(v6);
    }

    /** Says goodbye to all trackers, for two seconds at most. */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // Its own result is what is waited for.
    public void close() {
        if (loop.isClosed()) return;
        CompletableFuture<Void> said = new CompletableFuture<>();
        loop.execute(() -> {
            for (Torrent torrent : Set.copyOf(torrents)) torrent.leave(CLOSE_NANOS);
            CompletableFuture.allOf(goodbyes.toArray(CompletableFuture<?>[]::new))
                    .whenComplete((done, failure) -> said.complete(null));
        });
        said.completeOnTimeout(null, CLOSE_NANOS, TimeUnit.NANOSECONDS).join();
        loop.close();
    }

    private boolean isSelf(PeerAddress peer, @Nullable PeerAddress seenAs) {
        if (peer.port() != port) return false;
        return peer.scope() == Scope.LOOPBACK || (seenAs != null && peer.sameHost(seenAs));
    }

    /** One torrent. Its methods post to the announcer's thread, to which its state belongs. */
    private final class Torrent implements Announcement {
        private final SwarmKey swarm;
        private final Supplier<Progress> progress;
        private final AnnounceListener listener;
        private final AnnounceSchedule schedule;
        /** The same for as long as it is announced, so that a tracker knows us when our address changes (BEP 7). */
        private final int key = random.nextInt(1, Integer.MAX_VALUE);
        /** The one that is set for it, lest they add up. */
        private @Nullable Timer timer;

        Torrent(SwarmKey swarm, List<List<TrackerUrl>> tiers, Supplier<Progress> progress, AnnounceListener listener) {
            this.swarm = swarm;
            this.progress = progress;
            this.listener = listener;
            this.schedule = new AnnounceSchedule(tiers, random, System.nanoTime());
        }

        @Override
        public void completed() {
            loop.execute(() -> {
                schedule.completed(System.nanoTime());
                step();
            });
        }

        @Override
        public void wantPeers() {
            loop.execute(() -> {
                schedule.wantPeers(System.nanoTime());
                step();
            });
        }

        @Override
        public void renew() {
            loop.execute(() -> {
                schedule.renew(System.nanoTime());
                step();
            });
        }

        @Override
        public void close() {
            loop.execute(() -> leave(STOP_NANOS));
        }

        private void step() {
            if (!torrents.contains(this)) return;
            long now = System.nanoTime();
            TrackerUrl tracker = schedule.nextTracker(now);
            if (tracker == null) {
                wake(schedule.wakeNanos(now));
                return;
            }
            if (!isOurs.test(tracker)) {
                AnnounceBudget budget = budgets.computeIfAbsent(tracker, any -> new AnnounceBudget());
                long free = budget.freeNanos(now);
                if (free - now > 0) {
                    wake(free);
                    return;
                }
                budget.spend(now);
            }
            Due due = schedule.next(now);
            if (due == null) throw new IllegalStateException("it was due a moment ago");
            new Round(this, due).begin();
        }

        private void wake(long nanos) {
            loop.cancel(timer);
            timer = loop.at(nanos, this::step);
        }

        private void leave(long timeoutNanos) {
            if (!torrents.remove(this)) return;
            loop.cancel(timer);
            goodbyes.removeIf(CompletableFuture::isDone);
            for (Due due : schedule.stop()) {
                for (Family family : FAMILIES) goodbyes.add(send(due, family, timeoutNanos));
            }
        }

        private CompletableFuture<Heard> send(Due due, Family family, long timeoutNanos) {
            Progress soFar = progress.get();
            AnnounceRequest request = new AnnounceRequest(
                    swarm,
                    peerId,
                    port,
                    soFar.uploaded(),
                    soFar.downloaded(),
                    soFar.left(),
                    due.event(),
                    due.event() == AnnounceEvent.STOPPED ? 0 : NUM_WANT,
                    key,
                    true,
                    due.trackerId());
            try {
                return (due.tracker().isUdp() ? udp : http).announce(due.tracker(), family, request, timeoutNanos);
            } catch (RejectedExecutionException e) {
                return CompletableFuture.failedFuture(e);
            }
        }
    }

    /** One announce at one tracker, by both families (BEP 7). Confined to the announcer's thread. */
    private final class Round {
        private final Torrent torrent;
        private final Due due;
        private int outstanding = FAMILIES.size();
        private @Nullable AnnounceResponse response;
        private @Nullable Throwable failure;

        Round(Torrent torrent, Due due) {
            this.torrent = torrent;
            this.due = due;
        }

        @SuppressWarnings("FutureReturnValueIgnored") // What comes of it is heard.
        void begin() {
            long timeout = due.tracker().isUdp() ? UDP_NANOS : HTTP_NANOS;
            for (Family family : FAMILIES) {
                torrent.send(due, family, timeout)
                        .whenComplete((heard, failed) -> loop.execute(() -> heard(heard, failed)));
            }
        }

        private void heard(@Nullable Heard heard, @Nullable Throwable failed) {
            if (!torrents.contains(torrent)) return;
            outstanding--;
            if (heard != null) {
                accept(heard);
            } else if (failed != null) {
                Throwable cause = NoAnswer.cause(failed);
                if (failure == null || !(cause instanceof Family.Absent)) failure = cause;
            }
            if (outstanding == 0) finish();
        }

        private void accept(Heard heard) {
            AnnounceResponse answer = heard.response();
            PeerAddress seenAs = answer.externalAddress();
            if (seenAs != null) externalAddresses.saw(due.tracker(), seenAs);
            // What asks for the longer wait counts.
            if (response == null || answer.interval() > response.interval()) response = answer;
            List<PeerAddress> peers =
                    PeerFilter.dialable(answer.peers().toList(), heard.overLoopback(), peer -> isSelf(peer, seenAs));
            torrent.listener.counted(due.tracker(), answer.complete(), answer.incomplete());
            torrent.listener.peers(due.tracker(), peers);
        }

        private void finish() {
            long now = System.nanoTime();
            AnnounceResponse answer = response;
            if (answer != null) {
                torrent.schedule.answered(answer, now);
            } else {
                torrent.schedule.failed(
                        failure instanceof RefusedException no ? no.retryMinutes : TrackerFailure.UNSAID, now);
                String words = failure == null ? "" : NoAnswer.why(failure);
                String why = due.tracker().isToldIn(words) ? "the tracker repeats its address" : words;
                LOG.log(DEBUG, () -> "announcing to " + due.tracker() + " failed: " + why);
                torrent.listener.failed(due.tracker(), why);
            }
            torrent.step();
        }
    }
}
