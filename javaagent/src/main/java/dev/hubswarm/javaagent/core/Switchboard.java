package dev.hubswarm.javaagent.core;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Where woven code calls. Whatever goes wrong beyond it, the client's own code runs as if nothing had been there.
 * Thread-safe.
 */
public final class Switchboard implements BiFunction<String, Object[], @Nullable Object> {
    /** From a hook of a method without a result: what there is to do is done. */
    public static final Object DONE = true;

    /** As a kind: the method of the kind that is named first has ended, with the second or, if it threw, with null. */
    private static final String EXIT = "exit";

    /** Our own requests pass the same places, and are nobody's business. */
    private static final ThreadLocal<Boolean> OWN = new ThreadLocal<>();

    private static final ThreadLocal<Watched> WATCHED = new ThreadLocal<>();

    /** Another client's method may run inside of the one that is watched. */
    private record Watched(String kind, Watch watch) {}

    private final Hooks hooks;
    private final Log log;

    Switchboard(Hooks hooks, Log log) {
        this.hooks = hooks;
        this.log = log;
    }

    /** Runs with all hooks off on this thread. */
    public static <T> T untouched(Callable<T> work) throws IOException {
        Boolean before = OWN.get();
        OWN.set(true);
        try {
            return work.call();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        } finally {
            if (before == null) OWN.remove();
            else OWN.set(before);
        }
    }

    @Override
    public @Nullable Object apply(String kind, Object[] call) {
        boolean hasEnded = kind.equals(EXIT);
        try {
            if (hasEnded) return exit((String) call[0], call[1]);
            if (OWN.get() != null) return null;
            Object answer = hooks.enter(kind, call);
            if (!(answer instanceof Watch watch)) return answer;
            WATCHED.set(new Watched(kind, watch));
            return null;
        } catch (Throwable e) {
            // The parts of one client have one trouble.
            String client = hasEnded ? (String) call[0] : kind;
            log.trouble("A request of " + client.replaceFirst("-.*", ""), e);
            return null;
        }
    }

    private static @Nullable Object exit(String kind, @Nullable Object result) {
        Watched watched = WATCHED.get();
        if (watched == null || !watched.kind().equals(kind)) return null;
        WATCHED.remove();
        if (result != null) watched.watch().watcher().accept(result);
        return null;
    }
}
