package dev.hubswarm.trackerserver.store;

import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.protocol.metainfo.Hash;

/** A file of a repository that has a torrent. Immutable. */
public record RepoFile(Place place, Hash digest, long size) {
    private static final int COMMIT = 40;
    private static final int DIGEST = 64;

    /** Orders the files of a repository, those of a commit side by side, and tells two digests at one place apart. */
    public String cursor() {
        return place.commit() + "/" + place.path() + "/" + digest.hex();
    }

    static String cursorBeforeAll(String commit) {
        return commit + "/";
    }

    static String cursorAfterAll(String commit) {
        return commit + "0";
    }

    /** @param cursor one that {@link #cursor} returned */
    static RepoFile of(RepoRef repo, String cursor, long size) {
        int end = cursor.length() - DIGEST;
        String path = cursor.substring(COMMIT + 1, end - 1);
        return new RepoFile(
                new Place(repo, cursor.substring(0, COMMIT), path), Hash.ofHex(cursor.substring(end)), size);
    }
}
