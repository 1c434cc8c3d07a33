package dev.hubswarm.cli;

import java.lang.reflect.Proxy;

/** What signals do to this program instead of what they do to every JVM. Stateless. */
final class Signals {
    private Signals() {}

    /** By reflection, since the compiler warns of the class however it is used, though the JDK keeps it (JEP 260). */
    static void on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) action.run();
                        return null;
                    });
            Object caught = signal.getConstructor(String.class).newInstance(name);
            signal.getMethod("handle", signal, handler).invoke(null, caught, proxy);
        } catch (ReflectiveOperationException e) {
            // There is no such signal here, or no such class; the JVM does what it always does then.
            System.getLogger(Signals.class.getName()).log(System.Logger.Level.DEBUG, () -> "no SIG" + name + ": " + e);
        }
    }
}
