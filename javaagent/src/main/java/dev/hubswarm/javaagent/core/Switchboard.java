package dev.hubswarm.javaagent.core;

import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where woven code calls. Whatever goes wrong beyond it, the client's own code runs as if nothing had been there.
 * Thread-safe.
 */
public final class Switchboard implements BiFunction<String, Object[], @Nullable Object> {
    /** From a hook of a method without a result: what there is to do is done. */
    public static final Object DONE = true;

    /** As a kind: a woven method returns its one argument. */
    static final String EXIT = "exit";

    /** Our own requests pass the same places, and are nobody's business. */
    private static final ThreadLocal<Boolean> OWN = new ThreadLocal<>();

    private static final ThreadLocal<Consumer<Object>> WATCHER = new ThreadLocal<>();

    private final Hooks hooks;
    private final Log log;

    Switchboard(Hooks hooks, Log log) {
        this.hooks = hooks;
        this.log = log;
    }

    /** Runs with all hooks off on this thread. */
    public static <T> T untouched(Callable<T> work) throws Exception {
        Boolean before = OWN.get();
        OWN.set(true);
        try {
            return work.call();
        } finally {
            if (before == null) OWN.remove();
            else OWN.set(before);
        }
    }

    /** Called with what the method returns that is being entered; not if it throws. */
    public static void watch(Consumer<Object> watcher) {
        WATCHER.set(watcher);
    }

    @Override
    public @Nullable Object apply(String kind, Object[] call) {
        try {
            if (kind.equals(EXIT)) {
                Consumer<Object> watcher = WATCHER.get();
                if (watcher == null) return null;
                WATCHER.remove();
                watcher.accept(call[0]);
                return null;
            }
            if (OWN.get() != null) return null;
            return hooks.enter(kind, call);
        } catch (Throwable e) {
            // The parts of one client have one trouble.
            log.trouble("A request of " + kind.replaceFirst("-.*", ""), e);
            return null;
        }
    }
}
