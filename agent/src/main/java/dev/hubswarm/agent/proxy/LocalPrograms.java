package dev.hubswarm.agent.proxy;

import dev.hubswarm.storage.FileStamp;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which program of this machine has called, and whether it can know of our certificates: by an argument, or by a
 * variable that its code names. One that has our variables and names none of them (wget, programs with roots of their
 * own) would refuse us, and need not do so first. Linux tells, of the same user's processes. Thread-safe, one monitor;
 * reads files, so not for an event loop.
 */
final class LocalPrograms {
    /** What a program makes of our certificates. */
    enum Trust {
        TOLD,
        NOT_TOLD,
        UNKNOWN
    }

    /** @param file its code's */
    record Program(String file, Trust trust) {
        String name() {
            return file.substring(file.lastIndexOf('/') + 1);
        }
    }

    /** The field of a connection's line that names its socket. */
    private static final int INODE = 9;

    private static final int MOST_LINKS = 20_000;
    private static final int MOST_TEXT = 4 << 20;
    private static final long MOST_CODE = 128L << 20;
    private static final int MOST_ANSWERS = 512;
    private static final int CHUNK = 1 << 20;

    private record Question(FileStamp file, Set<String> names) {}

    private final Path processes;
    private final Path folder;
    private final BooleanSupplier isInstalled;
    private final Map<Question, Boolean> answers = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param processes {@code /proc}
     * @param folder where the files are that programs are told of
     * @param isInstalled whether the system itself was told to trust us
     */
    LocalPrograms(Path processes, Path folder, BooleanSupplier isInstalled) {
        this.processes = processes;
        this.folder = folder.toAbsolutePath();
        this.isInstalled = isInstalled;
    }

    /** Null where that cannot be found out. */
    @Nullable
    Program find(InetSocketAddress client, InetSocketAddress here) {
        boolean isLocal =
                client.getAddress().isLoopbackAddress() || client.getAddress().equals(here.getAddress());
        if (!isLocal) return null;
        try {
            String socket = socket(client.getPort(), here.getPort());
            Path process = socket == null ? null : process(socket);
            return process == null ? null : program(process);
        } catch (IOException | UncheckedIOException e) {
            return null;
        }
    }

    /** By the kernel's table of connections (proc_pid_net(5)): its ports are told in hexadecimal digits. */
    private @Nullable String socket(int from, int to) throws IOException {
        String client = String.format(Locale.ROOT, ":%04X", from);
        String server = String.format(Locale.ROOT, ":%04X", to);
        for (String table : List.of("tcp", "tcp6")) {
            Path file = processes.resolve("net").resolve(table);
            if (!Files.exists(file)) continue;
            try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    // There may be tens of thousands.
                    if (!line.contains(client)) continue;
                    String[] fields = line.trim().split(" +", -1);
                    boolean isIt = fields.length > INODE && fields[1].endsWith(client) && fields[2].endsWith(server);
                    if (isIt) return "socket:[" + fields[INODE] + "]";
                }
            }
        }
        return null;
    }

    /** Who calls has mostly begun of late, so the newest are looked at first. */
    private @Nullable Path process(String socket) throws IOException {
        List<Integer> all = new ArrayList<>();
        try (DirectoryStream<Path> each = Files.newDirectoryStream(processes, "[1-9]*")) {
            for (Path path : each) {
                String name = path.getFileName().toString();
                if (name.matches("[0-9]{1,9}")) all.add(Integer.parseInt(name));
            }
        }
        all.sort(Comparator.reverseOrder());
        int links = 0;
        for (int pid : all) {
            Path process = processes.resolve(Integer.toString(pid));
            try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
                for (Path file : files) {
                    if (++links > MOST_LINKS) return null;
                    if (Files.readSymbolicLink(file).toString().equals(socket)) return process;
                }
            } catch (IOException e) {
                // Another user's, or it has ended.
                links++;
            }
        }
        return null;
    }

    private Program program(Path process) throws IOException {
        String file = Files.readSymbolicLink(process.resolve("exe")).toString();
        try {
            return new Program(file, trust(process));
        } catch (IOException e) {
            return new Program(file, Trust.UNKNOWN);
        }
    }

    private Trust trust(Path process) throws IOException {
        String own = new String(folder.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        if (text(process.resolve("cmdline")).contains(own)) return Trust.TOLD;
        Set<String> names = new TreeSet<>();
        for (String variable : text(process.resolve("environ")).split("\0", -1)) {
            int value = variable.indexOf('=');
            if (value > 0 && variable.indexOf(own, value) > 0) names.add(variable.substring(0, value));
        }
        // Whoever goes by other ways, or by the system's own list, may trust us by them.
        if (names.isEmpty() || isInstalled.getAsBoolean()) return Trust.UNKNOWN;
        long read = 0;
        for (Path code : code(process)) {
            read += Files.size(code);
            if (read > MOST_CODE) return Trust.UNKNOWN;
            if (isNamed(code, names)) return Trust.TOLD;
        }
        return Trust.NOT_TOLD;
    }

    /** The program and its libraries, those first in which it is found most often. */
    private List<Path> code(Path process) throws IOException {
        Set<String> libraries = new LinkedHashSet<>();
        for (String line : text(process.resolve("maps")).split("\n", -1)) {
            String[] fields = line.split(" +", 6);
            if (fields.length == 6 && fields[1].contains("x") && fields[5].startsWith("/")) libraries.add(fields[5]);
        }
        // Beside it OpenSSL serves another purpose, such as SSH in aria2; GnuTLS reads no variable.
        boolean isGnu = libraries.stream().anyMatch(each -> each.contains("/libgnutls"));
        List<Path> all = new ArrayList<>(List.of(process.resolve("exe")));
        Path root = process.resolve("root");
        libraries.stream()
                .filter(each -> !isGnu || !isOpenSsl(each))
                .sorted(Comparator.comparing(each -> !isOpenSsl(each)))
                .forEach(each -> all.add(root.resolve(each.substring(1))));
        return all;
    }

    private static boolean isOpenSsl(String library) {
        return library.contains("/libcrypto") || library.contains("/libssl");
    }

    private synchronized boolean isNamed(Path code, Set<String> names) throws IOException {
        Question question = new Question(FileStamp.of(code), names);
        Boolean known = answers.get(question);
        if (known != null) return known;
        boolean found = search(code, names);
        answers.put(question, found);
        if (answers.size() > MOST_ANSWERS)
            answers.remove(answers.keySet().iterator().next());
        return found;
    }

    private static boolean search(Path code, Set<String> names) throws IOException {
        int longest = names.stream().mapToInt(String::length).max().orElse(0);
        byte[] buffer = new byte[CHUNK];
        int kept = 0;
        try (InputStream in = Files.newInputStream(code)) {
            while (true) {
                int count = in.readNBytes(buffer, kept, CHUNK - kept);
                if (count == 0) return false;
                String text = new String(buffer, 0, kept + count, StandardCharsets.ISO_8859_1);
                if (names.stream().anyMatch(text::contains)) return true;
                int keep = Math.min(longest, kept + count);
                System.arraycopy(buffer, kept + count - keep, buffer, 0, keep);
                kept = keep;
            }
        }
    }

    /** A byte each, whatever they mean. */
    private static String text(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(MOST_TEXT), StandardCharsets.ISO_8859_1);
        }
    }
}
