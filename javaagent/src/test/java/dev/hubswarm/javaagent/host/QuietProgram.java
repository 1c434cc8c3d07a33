package dev.hubswarm.javaagent.host;

import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.logging.LogManager;

/** Downloads nothing, and prints what the agent could have changed. */
public final class QuietProgram {
    private QuietProgram() {}

    public static void main(String[] args) {
        Set<String> threads = new TreeSet<>();
        Thread.getAllStackTraces().keySet().forEach(thread -> threads.add(thread.getName() + thread.isDaemon()));
        System.out.println(threads);
        // The JDK's list of its own modules, which any -javaagent makes longer, and what a JVM has of its own.
        new TreeMap<>(System.getProperties()).forEach((key, value) -> {
            String name = (String) key;
            if (!name.startsWith("jdk.module") && !name.equals("java.vm.compressedOopsMode"))
                System.out.println(name + "=" + (name.contains("time") ? "" : value));
        });
        // Whoever named one here and not on the command line must still be in time.
        System.setProperty("java.util.logging.manager", OwnLogManager.class.getName());
        System.out.println(LogManager.getLogManager().getClass());
        for (String seen : new String[] {
            "org.objectweb.asm.ClassReader",
            "dev.hubswarm.javaagent.core.Startup",
            "dev.hubswarm.javaagent.okhttp.OkHttpHook"
        }) {
            try {
                System.out.println("visible: " + Class.forName(seen));
            } catch (ClassNotFoundException e) {
                System.out.println("not visible: " + seen);
            }
        }
    }
}
