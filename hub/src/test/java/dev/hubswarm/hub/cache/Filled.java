package dev.hubswarm.hub.cache;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.PartFile;
import dev.hubswarm.storage.PartHeader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Content for caches under test. */
final class Filled {
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    static final String OTHER_COMMIT = "89abcdef0123456789abcdef0123456701234567";

    private Filled() {}

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static ContentDigest digest(ContentDigest.Kind kind, byte[] content) {
        return new ContentDigest(
                kind, HexFormat.of().formatHex(kind.begin(content.length).digest(content)));
    }

    static PartFile filled(PartFile part, byte[] content) throws UserError {
        part.write(ByteBuffer.wrap(content), 0);
        if (content.length > 0) part.written(0, content.length, PartFile.Source.HUB);
        return part;
    }

    /** Puts a file of a snapshot there as a download does. */
    static void put(RepoCache repo, String commit, String path, ContentDigest digest, byte[] content) throws UserError {
        try (PartFile part = filled(repo.begin(new PartHeader(digest, content.length, 1 << 18, path)), content)) {
            repo.publish(part);
            repo.link(commit, path, digest);
        }
    }
}
