package dev.hubswarm.hub.request;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What kind of repository. */
public enum RepoType {
    MODEL("", "models"),
    DATASET("datasets/", "datasets"),
    SPACE("spaces/", "spaces"),
    KERNEL("kernels/", "kernels");

    private final String urlPrefix;
    private final String plural;

    RepoType(String urlPrefix, String plural) {
        this.urlPrefix = urlPrefix;
        this.plural = plural;
    }

    /** As people write it: dataset. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The type that is written so; null if none is. */
    public static @Nullable RepoType ofWord(String word) {
        for (RepoType type : values()) {
            if (type.word().equals(word)) return type;
        }
        return null;
    }

    /** What stands before the id in the path of a page or file; empty for models. */
    public String urlPrefix() {
        return urlPrefix;
    }

    /** Its name in API paths. */
    public String plural() {
        return plural;
    }

    /** What the names of its folders in the cache begin with. */
    public String folderPrefix() {
        return plural;
    }
}
