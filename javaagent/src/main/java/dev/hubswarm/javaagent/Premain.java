package dev.hubswarm.javaagent;

import java.io.File;
import java.lang.instrument.Instrumentation;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;

/**
 * The way in, for {@code -javaagent} and for a running JVM. It hands over to a loader that the host does not see. An
 * exception that leaves premain ends the JVM, so none does. Thread-safe.
 */
public final class Premain {
    private static final String STARTUP = "dev.hubswarm.javaagent.core.Startup";

    private static boolean started;

    private Premain() {}

    public static void premain(@Nullable String options, Instrumentation instrumentation) {
        begin(options, instrumentation);
    }

    public static void agentmain(@Nullable String options, Instrumentation instrumentation) {
        begin(options, instrumentation);
    }

    private static synchronized void begin(@Nullable String options, Instrumentation instrumentation) {
        try {
            if (started || isUnwanted()) return;
            started = true;
            File jar = new File(Premain.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            AgentLoader loader = new AgentLoader(new JarFile(jar, false));
            loader.loadClass(STARTUP)
                    .getMethod("start", String.class, Instrumentation.class)
                    .invoke(null, options == null ? "" : options, instrumentation);
        } catch (Throwable e) {
            complain(e);
        }
    }

    private static void complain(Throwable e) {
        try {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            // A wrong option says so itself.
            Object why = cause instanceof IllegalArgumentException ? cause.getMessage() : cause;
            System.err.println("hubswarm: The Java agent is off, downloads go to the Hub as without it: " + why);
        } catch (Throwable ignored) {
            // A closed stderr must not end the host either.
        }
    }

    /**
     * JAVA_TOOL_OPTIONS reaches every JVM: the JDK's own tools have no downloads, and hubswarm itself would ask itself.
     * Under a security manager, which may forbid any step at any time, the host is left alone.
     */
    @SuppressWarnings("removal")
    private static boolean isUnwanted() {
        if (System.getSecurityManager() != null || "off".equalsIgnoreCase(System.getenv("HUBSWARM_AGENT"))) return true;
        String command = System.getProperty("sun.java.command", "").trim();
        String program = command.split(" ", 2)[0];
        if ("false".equalsIgnoreCase(System.getProperty("hubswarm.enabled"))) return true;
        // `java Program.java`, which the compiler runs: no tool.
        if (program.contains("com.sun.tools.javac.launcher.")) return false;
        return program.startsWith("jdk.")
                || program.startsWith("sun.")
                || program.startsWith("com.sun.tools.")
                || program.startsWith("dev.hubswarm.cli.")
                || program.endsWith("hubswarm.jar");
    }
}
