package dev.hubswarm.hub.cache;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which paths of a repository may become files. Names are refused, never mended: a mended name is another file.
 * Stateless.
 *
 * <p>Whatever could lead out of the folder on any common system is refused everywhere. What merely cannot be told
 * apart or written on some systems ({@code CON}, {@code a.} beside {@code a}, names that differ by case) is refused
 * there only: elsewhere such repositories are good, and other programs download them.
 */
public final class FileNames {
    private static final int MAX_NAME_BYTES = 255;
    private static final int MAX_DEPTH = 32;
    private static final boolean FOLDS_NAMES = File.separatorChar == '\\'
            || System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("mac");
    private static final Set<String> DEVICES = Set.of("con", "prn", "aux", "nul", "conin$", "conout$");

    private FileNames() {}

    /** Checks all paths that are to be written, each by itself and against the others. */
    public static void check(Collection<String> paths) throws UserError {
        check(paths, FOLDS_NAMES);
    }

    static void check(Collection<String> paths, boolean foldsNames) throws UserError {
        for (String path : paths) check(path);
        if (foldsNames) checkApart(paths);
    }

    static void check(String path) throws UserError {
        String[] names = path.split("/", -1);
        if (names.length > MAX_DEPTH) throw refused(path, "lies deeper than " + MAX_DEPTH + " folders");
        for (String name : names) {
            String wrong = wrong(name);
            if (wrong == null && File.separatorChar == '\\') wrong = wrongOnWindows(name);
            if (wrong != null) throw refused(path, wrong);
        }
        try {
            Path unused = Path.of(path);
        } catch (InvalidPathException e) {
            // On JDK 17 the locale decides which characters a file name may have.
            throw new UserError(
                    Kind.FAILED,
                    "The file name " + shown(path) + " cannot be written in this locale.",
                    "Set LC_ALL=C.UTF-8 and try again.",
                    e);
        }
    }

    private static @Nullable String wrong(String name) {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        if (!new String(utf8, StandardCharsets.UTF_8).equals(name)) return "is not Unicode";
        if (utf8.length > MAX_NAME_BYTES) return "has a name of more than " + MAX_NAME_BYTES + " bytes";
        // Windows drops dots and spaces from the end, and takes what follows a colon for a stream.
        int colon = name.indexOf(':');
        if (withoutEnd(colon < 0 ? name : name.substring(0, colon)).isEmpty()) {
            return "has a name that is empty or means another folder";
        }
        if (name.indexOf('\\') >= 0) return "has a backslash in it";
        if (colon > 0 && name.codePointCount(0, colon) == 1) return "begins with a Windows drive";
        if (name.chars().anyMatch(Character::isISOControl)) return "has a control character in it";
        return null;
    }

    private static @Nullable String wrongOnWindows(String name) {
        String base = withoutEnd(name.split("\\.", 2)[0]).toLowerCase(Locale.ROOT);
        if (DEVICES.contains(base) || base.matches("(com|lpt)[0-9¹²³]")) return "is the name of a device";
        if (!withoutEnd(name).equals(name)) return "ends in a dot or a space";
        return name.matches(".*[<>:\"|?*].*") ? "has a character that Windows does not allow" : null;
    }

    private static String withoutEnd(String name) {
        int end = name.length();
        while (end > 0 && (name.charAt(end - 1) == '.' || name.charAt(end - 1) == ' ')) end--;
        return name.substring(0, end);
    }

    private static void checkApart(Collection<String> paths) throws UserError {
        Map<String, String> names = new HashMap<>();
        for (String path : paths) {
            for (int end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
                // A folder's key ends in a slash, so it collides with other folders only.
                checkApart(names, path.substring(0, end + 1));
            }
            checkApart(names, path);
        }
    }

    private static void checkApart(Map<String, String> names, String name) throws UserError {
        String folded = Normalizer.normalize(name, Normalizer.Form.NFC)
                .toUpperCase(Locale.ROOT)
                .toLowerCase(Locale.ROOT);
        String other = names.putIfAbsent(folded, name);
        if (other != null && !other.equals(name)) {
            throw refused(name, "cannot be told from " + shown(other) + " here");
        }
    }

    private static UserError refused(String path, String why) {
        return new UserError(
                Kind.FAILED,
                "The repository has a file that is not safe to write: " + shown(path) + " " + why + ".",
                "Leave it out with --exclude, or ask the repository's owner to rename it.");
    }

    private static String shown(String path) {
        String text = path.length() > 200 ? path.substring(0, 200) + "…" : path;
        return text.codePoints()
                .map(point -> Character.isISOControl(point) ? '?' : point)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
