package dev.hubswarm.trackerserver.catalogue;

import dev.hubswarm.hub.request.RepoType;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How the tracker's APIs write the kind of a repository: as the Hub does, in the singular. Stateless. */
final class RepoTypes {
    private RepoTypes() {}

    static @Nullable RepoType of(String name) {
        for (RepoType type : RepoType.values()) {
            if (name(type).equals(name)) return type;
        }
        return null;
    }

    static String name(RepoType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }
}
