package dev.hubswarm.hub.origin;

import java.util.Random;

/** Budgets for the tests of other packages. Stateless. */
public final class Budgets {
    private Budgets() {}

    /** One for which no pause takes any time. */
    public static RateBudget hurried() {
        return new RateBudget(new VirtualClock(), new Random(1));
    }
}
