package dev.hubswarm.javaagent.core;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * The agent's few words, on stderr. No logging framework: the first use of one decides for the host which it has, and
 * stdout is the host's. Each trouble is told once. Thread-safe.
 */
public final class Log implements BiConsumer<String, Throwable> {
    enum Level {
        OFF,
        WARN,
        DEBUG
    }

    private final Level level;
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    Log(Level level) {
        this.level = level;
    }

    void trouble(String what) {
        if (level != Level.OFF && told.add(what)) print(what);
    }

    /** Where it happened names the trouble: causes may differ at each turn. */
    public void trouble(String where, Throwable cause) {
        if (level != Level.OFF && told.add(where))
            print(where + " goes on without the swarm, as it would without the agent: " + cause);
    }

    @Override
    public void accept(String where, Throwable cause) {
        trouble(where, cause);
    }

    void debug(Supplier<String> what) {
        if (level == Level.DEBUG) print(what.get());
    }

    private static void print(String what) {
        System.err.println("hubswarm: " + what);
    }
}
