package dev.hubswarm.hubstub;

import dev.hubswarm.base.ContentDigest;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What a hub hosts. Thread-safe. */
final class Repos {
    private final Map<String, StubRepo> byName = new ConcurrentHashMap<>();
    private final Map<String, StubFile> byCdnPath = new ConcurrentHashMap<>();

    /** Replaces one of the same type and id. Links to files that are gone go on working, as on the Hub. */
    void put(StubRepo repo) {
        for (Map<String, StubFile> files : repo.commits().values()) {
            for (StubFile file : files.values()) {
                if (file.storage() != StubFile.Storage.GIT) byCdnPath.put(cdnPath(repo, file), file);
            }
        }
        byName.put(key(repo.type(), repo.id()), repo);
    }

    void remove(StubRepo.Type type, String id) {
        byName.remove(key(type, id));
    }

    @Nullable
    StubRepo find(StubRepo.Type type, String id) {
        return byName.get(key(type, id));
    }

    @Nullable
    StubFile onCdn(String path) {
        return byCdnPath.get(path);
    }

    static String cdnPath(StubRepo repo, StubFile file) {
        String xetHash = file.xetHash();
        String key = number(repo);
        return xetHash != null
                ? "/xet-bridge-us/" + key.substring(0, 24) + '/' + xetHash
                : "/repos/" + key.substring(0, 2) + '/' + key.substring(2, 4) + '/' + key + '/' + file.digest();
    }

    /** What the Hub's database might call it. */
    static String number(StubRepo repo) {
        byte[] name = key(repo.type(), repo.id()).getBytes(StandardCharsets.UTF_8);
        return HexFormat.of()
                .formatHex(ContentDigest.Kind.SHA256.begin(name.length).digest(name));
    }

    private static String key(StubRepo.Type type, String id) {
        return type + " " + id;
    }
}
