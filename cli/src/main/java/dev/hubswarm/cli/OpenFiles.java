package dev.hubswarm.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which open files a command may inherit: those that this program was given, and none that the JVM opened. Immutable.
 * Linux only; elsewhere there are none to tell apart, and the few of the JVM are inherited as well.
 */
record OpenFiles(Set<Integer> descriptors) {
    private static final Path LIST = Path.of("/proc/self/fd");
    private static final int STANDARD = 2;

    OpenFiles {
        descriptors = Set.copyOf(descriptors);
    }

    /** To be asked at the start, when the JVM has only those open that it runs from. */
    static OpenFiles now() {
        return new OpenFiles(all());
    }

    private static Set<Integer> all() {
        Set<Integer> found;
        try (Stream<Path> files = Files.list(LIST)) {
            found = files.map(file -> Integer.valueOf(file.getFileName().toString()))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            return new TreeSet<>();
        }
        // The list was open itself.
        found.removeIf(each -> !Files.isSymbolicLink(LIST.resolve(each.toString())));
        return found;
    }

    /** Those that are open and were not given. */
    Set<Integer> notGiven() {
        Set<Integer> others = all();
        others.removeIf(each -> each <= STANDARD || (descriptors.contains(each) && !isOfJava(each)));
        return others;
    }

    private static boolean isOfJava(int descriptor) {
        try {
            Path file = Files.readSymbolicLink(LIST.resolve(Integer.toString(descriptor)));
            Path jar = Path.of(System.getProperty("java.class.path"));
            if (Files.exists(jar) && file.equals(jar.toRealPath())) return true;
            return file.startsWith(Path.of(System.getProperty("java.home")).toRealPath());
        } catch (IOException e) {
            return false;
        }
    }
}
