package java.lang;

import java.util.function.BiFunction;

/**
 * The one class of ours in {@code java.lang}, which woven code of every module and loader can name. It knows our code as
 * a function only. Thread-safe.
 */
public final class HubswarmBridge {
    /** Set once, before anything is woven. */
    public static volatile BiFunction<String, Object[], Object> hook;

    private HubswarmBridge() {}

    /** At the beginning of a woven method: what it is to return, or null if it is to run. */
    public static Object enter(String kind, Object[] call) {
        return hook.apply(kind, call);
    }

    /** Before a watched method returns, or throws: then with null. */
    public static void exit(String kind, Object result) {
        hook.apply("exit", new Object[] {kind, result});
    }
}
