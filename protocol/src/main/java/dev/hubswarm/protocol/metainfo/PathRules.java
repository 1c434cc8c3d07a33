package dev.hubswarm.protocol.metainfo;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which names a torrent may carry. Stateless.
 *
 * <p>Names are refused, never mended: a mended name is another file than the publisher hashed. The rules of POSIX and
 * Windows both hold everywhere, so that a torrent is good on all machines or on none. Device names such as {@code
 * CON} are left to the writer: they are ordinary files on POSIX, and no path can be left through them.
 */
public final class PathRules {
    public static final int MAX_COMPONENT_BYTES = 255;
    public static final int MAX_DEPTH = 32;

    /** The order of a BEP 52 file tree: element by element, each by its UTF-8 bytes. */
    public static final Comparator<List<String>> TREE_ORDER = PathRules::compareInTree;

    private PathRules() {}

    public static void checkComponent(String name) throws MetainfoException {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        // A lone surrogate has no UTF-8 form and would come back as "?".
        if (!new String(utf8, StandardCharsets.UTF_8).equals(name))
            throw refused(utf8, 0, utf8.length, "is not Unicode");
        checkComponent(utf8, 0, utf8.length);
    }

    /** Checks all paths of a torrent to be made, each by itself and against the others. */
    public static void checkTogether(List<List<String>> paths) throws MetainfoException {
        Set<Long> files = new HashSet<>();
        Set<Long> folders = new HashSet<>();
        for (List<String> path : paths) {
            if (path.isEmpty()) throw new MetainfoException("a file has no path");
            if (path.size() > MAX_DEPTH) throw new MetainfoException("a path is deeper than " + MAX_DEPTH + " folders");
            long key = 0;
            for (int i = 0; i < path.size(); i++) {
                checkComponent(path.get(i));
                byte[] utf8 = path.get(i).getBytes(StandardCharsets.UTF_8);
                key = collisionKey(key, utf8, 0, utf8.length);
                if (i < path.size() - 1) folders.add(key);
            }
            if (!files.add(key)) throw collision(String.join("/", path));
        }
        if (!Collections.disjoint(files, folders)) throw collision("a file");
    }

    static MetainfoException collision(String path) {
        return new MetainfoException(path + " collides with another name on common file systems");
    }

    static void checkComponent(byte[] in, int from, int to) throws MetainfoException {
        int length = to - from;
        if (length == 0) throw new MetainfoException("a path has an empty name in it");
        if (length > MAX_COMPONENT_BYTES)
            throw refused(in, from, to, "is longer than " + MAX_COMPONENT_BYTES + " bytes");
        if (!Utf8.isValid(in, from, to)) throw refused(in, from, to, "is not UTF-8");
        // Windows drops dots and spaces from the end of a name, and takes what follows a colon for a stream of it; so
        // nothing would be left of "..." or "..:a" either.
        int colon = from;
        while (colon < to && in[colon] != ':') colon++;
        if (bareEnd(in, from, colon) == from) throw refused(in, from, to, "names a folder above or the same one");
        for (int i = from; i < to; i++) {
            int b = in[i] & 0xff;
            if (b == '/' || b == '\\') throw refused(in, from, to, "has a path separator in it");
            // U+0080 to U+009F are control characters too; in UTF-8 they are 0xC2 and one more byte below 0xA0.
            boolean c1 = b == 0xc2 && (in[i + 1] & 0xff) < 0xa0;
            if (b < 0x20 || b == 0x7f || c1) throw refused(in, from, to, "has a control character in it");
        }
        // Windows does not ask for a letter before the colon.
        int second = from + 1;
        while (second < to && (in[second] & 0xc0) == 0x80) second++;
        if (second < to && in[second] == ':') throw refused(in, from, to, "begins with a Windows drive");
    }

    /** A key that is equal for names which some common file system takes for the same: by case, by NFC, by trailing dots. */
    static long collisionKey(long parent, byte[] in, int from, int to) {
        int end = bareEnd(in, from, to);
        long key = mix(parent ^ 0x9e3779b97f4a7c15L);
        int ascii = from;
        while (ascii < end && in[ascii] >= 0) ascii++;
        if (ascii == end) {
            for (int i = from; i < end; i++) key = mix(key + Character.toLowerCase((int) in[i]));
            return key;
        }
        String name = new String(in, from, end - from, StandardCharsets.UTF_8);
        // By way of the upper case, which alone makes "ss" of "ß", as APFS and ext4 do when they fold case.
        String upper = Normalizer.normalize(name, Normalizer.Form.NFC).toUpperCase(Locale.ROOT);
        for (int i = 0; i < upper.length(); ) {
            int point = upper.codePointAt(i);
            key = mix(key + Character.toLowerCase(point));
            i += Character.charCount(point);
        }
        return key;
    }

    /** The end of a name without the dots and spaces behind it. */
    private static int bareEnd(byte[] in, int from, int to) {
        int end = to;
        while (end > from && (in[end - 1] == '.' || in[end - 1] == ' ')) end--;
        return end;
    }

    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    private static int compareInTree(List<String> a, List<String> b) {
        int shared = Math.min(a.size(), b.size());
        for (int i = 0; i < shared; i++) {
            int order = Arrays.compareUnsigned(
                    a.get(i).getBytes(StandardCharsets.UTF_8), b.get(i).getBytes(StandardCharsets.UTF_8));
            if (order != 0) return order;
        }
        return Integer.compare(a.size(), b.size());
    }

    private static MetainfoException refused(byte[] in, int from, int to, String why) {
        int shown = Math.min(to, from + 80);
        StringBuilder name = new StringBuilder();
        new String(in, from, shown - from, StandardCharsets.UTF_8)
                .codePoints()
                .map(point -> Character.isISOControl(point) ? '?' : point)
                .forEach(name::appendCodePoint);
        return new MetainfoException("the name \"" + name + (shown < to ? "…" : "") + "\" " + why);
    }
}
