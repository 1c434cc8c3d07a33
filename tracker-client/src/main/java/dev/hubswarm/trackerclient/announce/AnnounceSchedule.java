package dev.hubswarm.trackerclient.announce;

import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.TrackerFailure;
import dev.hubswarm.trackerclient.contact.TrackerUrl;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When one torrent is announced, where, and as what. Confined to the announcer's thread; time is an argument.
 *
 * <p>Trackers stand in tiers (BEP 12): each time the first that answers is the one, the next tier is only tried when
 * nobody of those before answers, and whoever answered is the first of its tier from then on. One that fails is left
 * out for 15 s, twice as long each time, up to an hour, or for as long as it says (BEP 31).
 */
final class AnnounceSchedule {
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final long MAX_RETRY_NANOS = TimeUnit.HOURS.toNanos(1);
    /** Whatever a tracker says. */
    private static final long LEAST_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** If a tracker allows it: llmpt's forgets whoever is silent for the half hour that it asks for. */
    private static final long AIM_NANOS = TimeUnit.MINUTES.toNanos(25);
    /** Between announces for more peers, at a tracker that does not say. */
    private static final long UNSAID_LEAST_NANOS = TimeUnit.MINUTES.toNanos(5);

    /** No tracker is forgotten for longer. */
    private static final long DAY_NANOS = TimeUnit.DAYS.toNanos(1);

    /** What to say to whom. */
    record Due(
            TrackerUrl tracker,
            AnnounceEvent event,
            @Nullable String trackerId) {}

    /** A tracker and how it was so far. */
    private static final class Entry {
        private final TrackerUrl tracker;
        private int failures;
        private long retryNanos;
        private boolean gone;
        /** Whether it may know of us. */
        private boolean told;

        private boolean started;
        private @Nullable String trackerId;

        Entry(TrackerUrl tracker) {
            this.tracker = tracker;
        }
    }

    private final List<List<Entry>> tiers = new ArrayList<>();
    private final RandomGenerator random;

    private @Nullable Entry asked;
    private AnnounceEvent askedEvent = AnnounceEvent.NONE;
    private boolean completed;
    /** While somebody was asked. */
    private boolean isRenewed;

    private long dueNanos;
    /** Before which no announce for peers alone is welcome. */
    private long earliestNanos;

    AnnounceSchedule(List<List<TrackerUrl>> tiers, RandomGenerator random, long nowNanos) {
        this.random = random;
        this.dueNanos = nowNanos;
        this.earliestNanos = nowNanos;
        for (List<TrackerUrl> tier : tiers) {
            List<Entry> shuffled = new ArrayList<>();
            for (TrackerUrl tracker : tier) {
                Entry entry = new Entry(tracker);
                entry.retryNanos = nowNanos;
                shuffled.add(random.nextInt(shuffled.size() + 1), entry);
            }
            this.tiers.add(shuffled);
        }
    }

    /** What to announce now, after which {@link #answered} or {@link #failed} is to be told; null if nothing is due. */
    @Nullable
    Due next(long nowNanos) {
        Entry entry = due(nowNanos);
        if (entry == null) return null;
        asked = entry;
        entry.told = true;
        if (!entry.started) askedEvent = AnnounceEvent.STARTED;
        else askedEvent = completed ? AnnounceEvent.COMPLETED : AnnounceEvent.NONE;
        return new Due(entry.tracker, askedEvent, entry.trackerId);
    }

    /** Whom {@link #next} would ask. */
    @Nullable
    TrackerUrl nextTracker(long nowNanos) {
        Entry entry = due(nowNanos);
        return entry == null ? null : entry.tracker;
    }

    private @Nullable Entry due(long nowNanos) {
        if (asked != null || nowNanos - dueNanos < 0) return null;
        for (List<Entry> tier : tiers) {
            for (Entry entry : tier) {
                if (!entry.gone && nowNanos - entry.retryNanos >= 0) return entry;
            }
        }
        return null;
    }

    /** When to look again, if nothing else happens. */
    long wakeNanos(long nowNanos) {
        long wait = DAY_NANOS;
        if (asked != null) return nowNanos + wait;
        if (nowNanos - dueNanos < 0) return dueNanos;
        for (List<Entry> tier : tiers) {
            for (Entry entry : tier) {
                if (!entry.gone) wait = Math.min(wait, Math.max(entry.retryNanos - nowNanos, 0));
            }
        }
        return nowNanos + wait;
    }

    void answered(AnnounceResponse response, long nowNanos) {
        Entry entry = take();
        entry.failures = 0;
        entry.started = true;
        if (response.trackerId() != null) entry.trackerId = response.trackerId();
        for (List<Entry> tier : tiers) {
            if (tier.remove(entry)) tier.add(0, entry);
        }
        long interval = TimeUnit.SECONDS.toNanos(response.interval());
        long least = TimeUnit.SECONDS.toNanos(response.minInterval());
        long aim = least == 0 ? interval : Math.max(least, Math.min(interval, AIM_NANOS));
        aim = Math.max(aim, LEAST_NANOS);
        // A little later, so that those who began together do not stay together.
        dueNanos = nowNanos + aim + random.nextLong(aim / 16 + 1);
        earliestNanos = nowNanos + Math.max(least == 0 ? Math.min(interval, UNSAID_LEAST_NANOS) : least, LEAST_NANOS);
        if (askedEvent == AnnounceEvent.COMPLETED) completed = false;
        else if (completed) dueNanos = nowNanos;
        renewIfAsked(nowNanos);
    }

    /** @param retryMinutes as in {@link TrackerFailure}; {@link TrackerFailure#UNSAID} if there was no answer */
    void failed(int retryMinutes, long nowNanos) {
        Entry entry = take();
        long wait = Math.min(RETRY_NANOS << Math.min(entry.failures++, 8), MAX_RETRY_NANOS);
        wait += random.nextLong(wait / 4 + 1);
        if (retryMinutes == TrackerFailure.NEVER) entry.gone = true;
        else if (retryMinutes > 0) wait = Math.max(wait, Math.min(TimeUnit.MINUTES.toNanos(retryMinutes), DAY_NANOS));
        entry.retryNanos = nowNanos + wait;
        renewIfAsked(nowNanos);
    }

    private Entry take() {
        Entry entry = asked;
        if (entry == null) throw new IllegalStateException("nobody was asked");
        asked = null;
        return entry;
    }

    /** The last byte was just downloaded. */
    void completed(long nowNanos) {
        completed = true;
        dueNanos = nowNanos;
    }

    /** Announces earlier than necessary, as early as the tracker allows. */
    void wantPeers(long nowNanos) {
        long early = nowNanos - earliestNanos < 0 ? earliestNanos : nowNanos;
        if (dueNanos - early > 0) dueNanos = early;
    }

    /** Begins again with all, whatever they said. What is under way may have come too early, so that it is asked once more. */
    void renew(long nowNanos) {
        isRenewed = asked != null;
        dueNanos = nowNanos;
        for (List<Entry> tier : tiers) {
            for (Entry entry : tier) {
                entry.gone = false;
                entry.failures = 0;
                entry.retryNanos = nowNanos;
            }
        }
    }

    private void renewIfAsked(long nowNanos) {
        if (isRenewed) renew(nowNanos);
    }

    /** Says goodbye to all who may know of us. Nothing is due any more. */
    List<Due> stop() {
        List<Due> goodbyes = new ArrayList<>();
        for (List<Entry> tier : tiers) {
            for (Entry entry : tier) {
                if (entry.told && !entry.gone && entry.failures == 0)
                    goodbyes.add(new Due(entry.tracker, AnnounceEvent.STOPPED, entry.trackerId));
            }
        }
        tiers.clear();
        return goodbyes;
    }
}
