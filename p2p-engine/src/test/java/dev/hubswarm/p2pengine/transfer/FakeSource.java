package dev.hubswarm.p2pengine.transfer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.IntPredicate;

/** Does what its test says, and writes down what it is told. */
final class FakeSource implements Source {
    final List<Run> cancelled = new ArrayList<>();
    final Queue<Integer> suggestions = new ArrayDeque<>();
    final boolean takesLongRuns;
    double rate;
    int wakes;

    private FakeSource(double rate, boolean takesLongRuns) {
        this.rate = rate;
        this.takesLongRuns = takesLongRuns;
    }

    static FakeSource peer(double rate) {
        return new FakeSource(rate, false);
    }

    static FakeSource hub(double rate) {
        return new FakeSource(rate, true);
    }

    @Override
    public boolean isHub() {
        return takesLongRuns;
    }

    @Override
    public void wake() {
        wakes++;
    }

    @Override
    public void cancel(Run run) {
        cancelled.add(run);
    }

    @Override
    public boolean takesLongRuns() {
        return takesLongRuns;
    }

    @Override
    public int suggestion(IntPredicate mayBe) {
        while (!suggestions.isEmpty() && !mayBe.test(suggestions.element())) suggestions.remove();
        return suggestions.isEmpty() ? NO_PIECE : suggestions.element();
    }

    @Override
    public double bytesPerSecond() {
        return rate;
    }

    @Override
    public void close(String why) {
        throw new IllegalStateException(why);
    }
}
