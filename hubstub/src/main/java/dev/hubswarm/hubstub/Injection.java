package dev.hubswarm.hubstub;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** Faults that wait for requests. Thread-safe. */
public final class Injection {
    private final Predicate<StubRequest> where;
    private final int times;
    private final List<Fault> faults;
    private final AtomicInteger hits = new AtomicInteger();

    Injection(Predicate<StubRequest> where, int times, List<Fault> faults) {
        this.where = where;
        this.times = times;
        this.faults = faults;
    }

    /** Requests that were hit so far. */
    public int hits() {
        return hits.get();
    }

    List<Fault> faultsFor(StubRequest request) {
        if (!where.test(request)) return List.of();
        int before = hits.getAndUpdate(count -> Math.min(times, count + 1));
        return before < times ? faults : List.of();
    }
}
