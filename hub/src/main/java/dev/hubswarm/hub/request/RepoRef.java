package dev.hubswarm.hub.request;

import java.util.regex.Pattern;

/**
 * A repository by its id: owner and name, or the name alone for a few old ones. Immutable.
 *
 * <p>The rules are huggingface_hub's, so an id holds no {@code --} and its folder in the cache can be read back.
 */
public record RepoRef(RepoType type, String id) {
    private static final String PART = "[A-Za-z0-9_]([A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?";
    private static final Pattern ID = Pattern.compile("(" + PART + "/)?" + PART);

    public RepoRef {
        if (!isValidId(id)) throw new IllegalArgumentException("not the id of a repository: " + id);
    }

    public static boolean isValidId(String id) {
        return ID.matcher(id).matches() && !id.contains("--") && !id.contains("..") && !id.endsWith(".git");
    }

    @Override
    public String toString() {
        return type.urlPrefix() + id;
    }
}
