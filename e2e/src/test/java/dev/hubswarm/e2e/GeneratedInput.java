package dev.hubswarm.e2e;

import dev.hubswarm.e2e.GeneratedInput.Content;
import dev.hubswarm.testkit.SeededBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A file or folder to make torrents of, and the piece length to use. The same on every machine. Immutable.
 *
 * @param what it is there for
 * @param root the name of the file or folder
 */
record GeneratedInput(String what, String root, List<Content> files, int pieceLength) {
    /** @param path below the root; empty if the root is the file */
    record Content(String path, long seed, long size) {}

    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;
    private static final int BLOCK = 16 * KIB;
    private static final int[] SHORT_PIECES = {
        16 * KIB, 32 * KIB, 64 * KIB, 128 * KIB, 256 * KIB, 512 * KIB, MIB,
    };
    private static final int[] LONG_PIECES = {2 * MIB, 4 * MIB, 8 * MIB, 16 * MIB, 32 * MIB, 64 * MIB};

    /** Unicode in its odder forms, and names that mean something to a shell, to Windows or to a torrent. */
    private static final List<String> NAMES = List.of(
            "Ünïcödé",
            "de\u0301compose\u0301",
            "日本語ファイル",
            "한국어",
            "עברית",
            "ไทย",
            "smile \uD83D\uDE00\uD83D\uDE80",
            "family \uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67",
            "\uFEFFmark",
            "turned \u202Egpj.exe",
            "no-break\u00A0space",
            "日".repeat(85),
            "n".repeat(255),
            "CON",
            "nul.txt",
            "AUX",
            "com1.bin",
            "LPT9",
            "PRN.tar.gz",
            "trailing dot.",
            "trailing space ",
            " leading space",
            "dots...",
            "..a",
            ".hidden",
            "what?",
            "star*",
            "pipe|",
            "<angle>",
            "quote\"'",
            "colon: here",
            "semi;colon",
            "$HOME",
            "`id`",
            "~",
            "-rf",
            "%2e%2e",
            "#hash",
            "a&b=c",
            "[x]{y}",
            "length",
            "pieces root",
            "attr",
            "path",
            "d4:infoe");

    GeneratedInput {
        files = List.copyOf(files);
    }

    boolean isFolder() {
        return !files.get(0).path().isEmpty();
    }

    /** Writes it, with mode 0644 since libtorrent marks files that may be executed. */
    Path write(Path parent) throws IOException {
        Path source = parent.resolve(root);
        for (Content file : files) {
            Path path = source.resolve(file.path());
            SeededBytes.write(path, file.seed(), file.size());
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
        }
        return source;
    }

    /** The files as a file tree has them: folder by folder, each by the bytes of its names. */
    List<Content> inTreeOrder() {
        // A separator that is smaller than any character of a name makes one comparison of them all.
        return sorted(path -> path.replace('/', '\0'));
    }

    /** The files by the bytes of their whole paths, in which '/' comes after '-' and '.'. */
    List<Content> inPathOrder() {
        return sorted(path -> path);
    }

    private List<Content> sorted(UnaryOperator<String> key) {
        return files.stream()
                .sorted((a, b) -> Arrays.compareUnsigned(
                        key.apply(a.path()).getBytes(StandardCharsets.UTF_8),
                        key.apply(b.path()).getBytes(StandardCharsets.UTF_8)))
                .toList();
    }

    @Override
    public String toString() {
        return what + ", pieces of " + (pieceLength / KIB) + " KiB";
    }

    static List<GeneratedInput> all() {
        List<GeneratedInput> inputs = new ArrayList<>();
        addSingleFiles(inputs);
        addPairs(inputs);
        addNames(inputs);
        addDeepFolders(inputs);
        addManyFiles(inputs);
        addTwins(inputs);
        addRandomFolders(inputs);
        return inputs;
    }

    static GeneratedInput file(String what, long size, int pieceLength) {
        return new GeneratedInput(what, "file.bin", List.of(new Content("", size + pieceLength, size)), pieceLength);
    }

    static GeneratedInput folder(String what, int pieceLength, Content... files) {
        return new GeneratedInput(what, "folder", List.of(files), pieceLength);
    }

    private static void addSingleFiles(List<GeneratedInput> inputs) {
        for (int piece : SHORT_PIECES) {
            Set<Long> sizes = new LinkedHashSet<>();
            for (int size : new int[] {1, BLOCK - 1, BLOCK, BLOCK + 1}) sizes.add((long) size);
            for (int pieces : new int[] {1, 2, 5}) {
                for (int more = -1; more <= 1; more++) sizes.add((long) pieces * piece + more);
            }
            for (long size : sizes) inputs.add(file("a file of " + size + " bytes", size, piece));
        }
        for (int piece : LONG_PIECES) {
            List<Long> sizes = new ArrayList<>(List.of(1L, piece - 1L, (long) piece, piece + 1L));
            if (piece <= 8 * MIB) sizes.add(2L * piece + BLOCK + 1);
            for (long size : sizes) inputs.add(file("a file of " + size + " bytes", size, piece));
        }
    }

    /** Every way in which one file can end and the next begin. */
    private static void addPairs(List<GeneratedInput> inputs) {
        for (int piece : SHORT_PIECES) {
            long[][] sizes = {
                {0, 1},
                {1, 0},
                {piece, piece},
                {piece - 1, 1},
                {piece + 1, 0},
                {0, piece, 0},
                {0, 0, BLOCK + 1, 0, 0},
                {1, piece - 1, 2L * piece + 1},
                {BLOCK, BLOCK - 1, BLOCK + 1, piece},
                {piece}
            };
            for (long[] run : sizes) {
                List<Content> files = new ArrayList<>();
                for (int i = 0; i < run.length; i++) files.add(new Content("f" + i, piece + i, run[i]));
                inputs.add(new GeneratedInput("a folder of files of " + Arrays.toString(run), "pairs", files, piece));
            }
        }
    }

    private static void addNames(List<GeneratedInput> inputs) {
        for (int i = 0; i < NAMES.size(); i++) {
            String name = NAMES.get(i);
            int piece = SHORT_PIECES[i % 3];
            Content whole = new Content("", i, BLOCK + i);
            inputs.add(new GeneratedInput("a file named " + name, name, List.of(whole), piece));
            if (i % 3 != 0) continue;
            List<Content> inside = List.of(new Content("z/" + name, i, piece + 1), new Content("zz", i + 1, 1));
            inputs.add(new GeneratedInput("a folder named " + name, name, inside, piece));
        }
        List<Content> all = new ArrayList<>();
        for (int i = 0; i < NAMES.size(); i++) all.add(new Content(NAMES.get(i), i, i * 1000L));
        inputs.add(new GeneratedInput("all odd names in one folder", "names", all, BLOCK));
        // In UTF-16, the order of Java's strings, the second comes first.
        inputs.add(folder(
                "names whose order differs between UTF-8 and UTF-16",
                BLOCK,
                new Content("\uFF5E", 1, 5),
                new Content("\uD83D\uDE00", 2, 5)));
        inputs.add(folder(
                "files where padding is said to be",
                BLOCK,
                new Content(".pad/16379", 1, 5),
                new Content("a", 2, 5),
                new Content("b", 3, 5)));
    }

    private static void addDeepFolders(List<GeneratedInput> inputs) {
        for (int depth : new int[] {2, 3, 7, 15, 26, 31}) {
            String folders = "d/".repeat(depth);
            inputs.add(folder("a file below " + depth + " folders", BLOCK, new Content(folders + "f", depth, 40_000)));
            List<Content> onEveryLevel = new ArrayList<>();
            for (int i = 0; i <= depth; i++) onEveryLevel.add(new Content("d/".repeat(i) + "f", i, i * 3000L));
            inputs.add(new GeneratedInput("a file on each of " + depth + " levels", "deep", onEveryLevel, 2 * BLOCK));
        }
    }

    private static void addManyFiles(List<GeneratedInput> inputs) {
        for (int variant = 0; variant < 8; variant++) {
            List<Content> files = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String path = variant % 2 == 0 ? "f%03d".formatted(i) : "d%02d/e%d/f%03d".formatted(i / 20, i % 3, i);
                long size = i % 7 == 0 ? 0 : (i * 977L * (variant + 1)) % 40_000;
                files.add(new Content(path, i, size));
            }
            int piece = SHORT_PIECES[variant / 2];
            inputs.add(new GeneratedInput(
                    "200 files" + (variant % 2 == 0 ? "" : " in many folders"), "many " + variant, files, piece));
        }
    }

    /** Equal files share one root, hence one layer. */
    private static void addTwins(List<GeneratedInput> inputs) {
        for (int piece : new int[] {BLOCK, 4 * BLOCK}) {
            inputs.add(folder(
                    "three equal files",
                    piece,
                    new Content("a", 7, 3L * piece),
                    new Content("b", 7, 3L * piece),
                    new Content("c/d", 7, 3L * piece)));
        }
    }

    private static void addRandomFolders(List<GeneratedInput> inputs) {
        for (int seed = 0; seed < 80; seed++) {
            Random random = new Random(seed);
            int piece = SHORT_PIECES[random.nextInt(5)];
            int count = 1 + random.nextInt(random.nextInt(4) == 0 ? 60 : 8);
            List<Content> files = new ArrayList<>();
            long total = 0;
            for (int i = 0; i < count; i++) {
                StringBuilder path = new StringBuilder();
                // The first letter keeps folders and files apart: no file collides with a folder.
                for (int depth = random.nextInt(4); depth > 0; depth--) {
                    path.append('d').append(random.nextInt(3)).append('/');
                }
                path.append('f').append(i);
                if (random.nextBoolean()) path.append('-').append(NAMES.get(random.nextInt(10)));
                long size = size(random, piece);
                total += size;
                files.add(new Content(path.toString(), seed * 1000L + i, size));
            }
            if (total == 0) files.set(0, new Content(files.get(0).path(), seed, 1));
            inputs.add(new GeneratedInput("random folder " + seed, "random " + seed, files, piece));
        }
    }

    private static long size(Random random, int piece) {
        int near = random.nextInt(3) - 1;
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> 1 + random.nextInt(100);
            case 2 -> BLOCK + near;
            case 3 -> piece + near;
            case 4 -> 2L * piece + near;
            default -> random.nextInt(2 * piece);
        };
    }
}
