package dev.hubswarm.hub.download;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which files of a repo are wanted. Immutable. Patterns mean what they mean to huggingface_hub, that is to Python's
 * fnmatch: {@code *} also matches {@code /}, and a pattern that ends in {@code /} stands for all that is below.
 */
public final class FileSelection {
    /** Every file. */
    public static final FileSelection ALL = new FileSelection(Set.of(), List.of(), List.of());

    private final Set<String> names;
    private final List<Pattern> include;
    private final List<Pattern> exclude;

    /**
     * @param names exact paths; if any are given, only these
     * @param include patterns of which one must match, if there are any
     * @param exclude patterns of which none may match
     */
    public FileSelection(Set<String> names, List<String> include, List<String> exclude) {
        this.names = Set.copyOf(names);
        this.include = patterns(include);
        this.exclude = patterns(exclude);
    }

    public Set<String> names() {
        return names;
    }

    public boolean wants(String path) {
        return (names.isEmpty() || names.contains(path))
                && (include.isEmpty() || matchesAny(include, path))
                && !matchesAny(exclude, path);
    }

    private static boolean matchesAny(List<Pattern> patterns, String path) {
        return patterns.stream().anyMatch(pattern -> pattern.matcher(path).matches());
    }

    private static List<Pattern> patterns(List<String> globs) {
        List<Pattern> patterns = new ArrayList<>();
        for (String glob : globs) patterns.add(pattern(glob.endsWith("/") ? glob + "*" : glob));
        return List.copyOf(patterns);
    }

    private static Pattern pattern(String glob) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            int end = c == '[' ? endOfSet(glob, i) : -1;
            if (c == '*') regex.append(".*");
            else if (c == '?') regex.append('.');
            else if (end > 0) {
                regex.append(set(glob.substring(i + 1, end)));
                i = end;
            } else regex.append(Pattern.quote(String.valueOf(c)));
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    /** Returns where a set like {@code [!a-z]} ends, or -1 for a bracket that means itself. */
    private static int endOfSet(String glob, int open) {
        int first = glob.startsWith("!", open + 1) ? open + 2 : open + 1;
        return glob.indexOf(']', first + 1);
    }

    private static String set(String members) {
        boolean not = members.startsWith("!");
        StringBuilder set = new StringBuilder(not ? "[^" : "[");
        boolean empty = true;
        for (int i = not ? 1 : 0; i < members.length(); i++) {
            char from = members.charAt(i);
            boolean range = i + 2 < members.length() && members.charAt(i + 1) == '-';
            char to = range ? members.charAt(i + 2) : from;
            if (range) i += 2;
            // Python drops ranges that run backwards.
            if (from > to) continue;
            set.append(escaped(from)).append('-').append(escaped(to));
            empty = false;
        }
        if (empty) return not ? "." : "(?!)";
        return set.append(']').toString();
    }

    private static String escaped(char c) {
        return String.format("\\u%04x", (int) c);
    }
}
