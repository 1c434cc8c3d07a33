package dev.hubswarm.hub.request;

import java.util.regex.Pattern;

/** A branch, a tag, another ref ({@code refs/pr/1}) or a commit. Immutable. */
public record Revision(String name) {
    public static final Revision MAIN = new Revision("main");

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    public Revision {
        if (!isValid(name)) throw new IllegalArgumentException("not a revision: " + name);
    }

    /** A ref becomes a path in the cache, so the rules are those of paths. */
    public static boolean isValid(String name) {
        return RepoPath.isValid(name) && name.chars().noneMatch(Character::isISOControl);
    }

    public static boolean isCommit(String name) {
        return COMMIT.matcher(name).matches();
    }

    /** All else can move. */
    public boolean isCommit() {
        return isCommit(name);
    }

    @Override
    public String toString() {
        return name;
    }
}
