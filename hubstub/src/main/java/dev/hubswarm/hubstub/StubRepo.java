package dev.hubswarm.hubstub;

import dev.hubswarm.base.ContentDigest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A repository with its history: {@code refs} has full names (refs/heads/main, refs/tags/v1, refs/pr/1,
 * refs/convert/parquet) and the commits they point to. Immutable; a hub is given a new one to change it.
 */
public record StubRepo(
        Type type,
        String id,
        Access access,
        Map<String, String> refs,
        Map<String, SortedMap<String, StubFile>> commits) {
    /** What the Hub hosts. */
    public enum Type {
        MODEL("models", ""),
        DATASET("datasets", "datasets/"),
        SPACE("spaces", "spaces/"),
        KERNEL("kernels", "kernels/");

        final String plural;
        final String prefix;

        Type(String plural, String prefix) {
            this.plural = plural;
            this.prefix = prefix;
        }
    }

    /** Who may read it. */
    public sealed interface Access {
        record Public() implements Access {}

        record Private() implements Access {}

        /** {@code how} is auto or manual. */
        record Gated(String how) implements Access {}

        record Disabled() implements Access {}

        /** Answers with a redirect, of this status, to another id. */
        record RenamedTo(String id, int status) implements Access {}
    }

    /** Returns the commit that a branch, tag, pull request or commit id names. */
    public @Nullable String commit(String revision) {
        if (commits.containsKey(revision)) return revision;
        for (String prefix : List.of("", "refs/heads/", "refs/tags/")) {
            String commit = refs.get(prefix + revision);
            if (commit != null) return commit;
        }
        return null;
    }

    /** The commit that main points to. */
    public String head() {
        return Objects.requireNonNull(refs.get("refs/heads/main"), "every repository is built with a main");
    }

    /** The files of a revision that exists. */
    public SortedMap<String, StubFile> files(String revision) {
        SortedMap<String, StubFile> files = commits.get(commit(revision));
        if (files == null) throw new IllegalArgumentException(id + " has no revision " + revision);
        return files;
    }

    /** One that is there. */
    public StubFile file(String revision, String path) {
        return Objects.requireNonNull(files(revision).get(path), () -> id + " has no " + path);
    }

    public static Builder model(String id) {
        return new Builder(Type.MODEL, id);
    }

    public static Builder of(Type type, String id) {
        return new Builder(type, id);
    }

    /** An old name of a repository. */
    public static StubRepo renamed(Type type, String oldId, String newId) {
        return of(type, oldId).access(new Access.RenamedTo(newId, 307)).build();
    }

    /** Collects files as a working tree does; a commit takes them all. Confined to one thread. */
    public static final class Builder {
        /** Larger files of a folder, and binary ones, are kept in LFS. */
        private static final long MOST_IN_GIT = 1 << 20;

        private final Type type;
        private final String id;
        private final SortedMap<String, StubFile> tree = new TreeMap<>();
        private final Map<String, String> refs = new LinkedHashMap<>();
        private final Map<String, SortedMap<String, StubFile>> commits = new LinkedHashMap<>();
        private Access access = new Access.Public();

        private Builder(Type type, String id) {
            this.type = type;
            this.id = id;
        }

        public Builder access(Access newAccess) {
            access = newAccess;
            return this;
        }

        /** A small file, kept in git. */
        public Builder git(String path, String text) {
            return file(path, StubContent.of(text), StubFile.Storage.GIT);
        }

        public Builder xet(String path, StubContent content) {
            return file(path, content, StubFile.Storage.XET);
        }

        public Builder file(String path, StubContent content, StubFile.Storage storage) {
            tree.put(path, new StubFile(content, storage));
            return this;
        }

        /** Every file of a folder: small text in git, the rest in Xet. */
        public Builder folder(Path folder) throws IOException {
            List<Path> files;
            try (Stream<Path> walk = Files.walk(folder)) {
                files = walk.filter(Files::isRegularFile).toList();
            }
            for (Path file : files) {
                StubFile asGit = new StubFile(StubContent.of(file), StubFile.Storage.GIT);
                boolean small = asGit.content().size() <= MOST_IN_GIT && asGit.isText();
                String path = folder.relativize(file).toString().replace('\\', '/');
                tree.put(path, small ? asGit : new StubFile(asGit.content(), StubFile.Storage.XET));
            }
            return this;
        }

        /** Commits the files as they are now, and moves these refs there: branches, or full names (refs/pr/1). */
        public Builder commit(String... to) {
            List<String> text = new ArrayList<>(List.of(type.name(), id, Integer.toString(commits.size())));
            tree.forEach((path, file) -> text.add(path + ' ' + file.digest()));
            byte[] bytes = String.join("\n", text).getBytes(StandardCharsets.UTF_8);
            String commit = HexFormat.of()
                    .formatHex(ContentDigest.Kind.GIT_SHA1.begin(bytes.length).digest(bytes));
            commits.put(commit, new TreeMap<>(tree));
            for (String ref : to) refs.put(ref.startsWith("refs/") ? ref : "refs/heads/" + ref, commit);
            return this;
        }

        public Builder tag(String name) {
            return commit("refs/tags/" + name);
        }

        /** Commits what there is to main, unless main was committed to. */
        public StubRepo build() {
            if (!refs.containsKey("refs/heads/main")) commit("main");
            return new StubRepo(type, id, access, Map.copyOf(refs), Map.copyOf(commits));
        }
    }
}
