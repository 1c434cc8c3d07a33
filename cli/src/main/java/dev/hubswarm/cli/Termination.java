package dev.hubswarm.cli;

import java.lang.reflect.Proxy;

/**
 * What SIGTERM does to a program that runs until it gets one: left to itself the JVM exits with 143, which service
 * managers take for a failure. Stateless.
 */
final class Termination {
    private Termination() {}

    /** By reflection, since the compiler warns of the class however it is used, though the JDK keeps it (JEP 260). */
    static void then(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    Termination.class.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) action.run();
                        return null;
                    });
            Object term = signal.getConstructor(String.class).newInstance("TERM");
            signal.getMethod("handle", signal, handler).invoke(null, term, proxy);
        } catch (ReflectiveOperationException e) {
            // There is no such signal here, or no such class; the exit code is the JVM's then.
            System.getLogger(Termination.class.getName()).log(System.Logger.Level.DEBUG, () -> "no SIGTERM: " + e);
        }
    }
}
