package dev.hubswarm.hubstub;

import dev.hubswarm.base.ContentDigest;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** One file of a commit. Immutable. */
public record StubFile(StubContent content, Storage storage) {
    /** Where the Hub keeps a file, which decides its digest and who serves it. */
    public enum Storage {
        GIT,
        LFS,
        /** LFS to those who do not know Xet. The stub has no Xet store: those who do get nothing but its name. */
        XET
    }

    /** The name of its blob in the cache: git's SHA-1, or SHA-256. */
    public ContentDigest digest() {
        return content.digest(storage == Storage.GIT ? ContentDigest.Kind.GIT_SHA1 : ContentDigest.Kind.SHA256);
    }

    /** The id of the blob that git has: for LFS that of the pointer. */
    public String oid() {
        return gitContent().digest(ContentDigest.Kind.GIT_SHA1).hex();
    }

    /** What a git checkout without LFS holds. */
    StubContent gitContent() {
        return storage == Storage.GIT ? content : StubContent.of(pointer());
    }

    int pointerSize() {
        return pointer().length();
    }

    private String pointer() {
        return "version https://git-lfs.github.com/spec/v1\noid sha256:" + digest() + "\nsize " + content.size() + "\n";
    }

    /** Of the right form, but not the true hash of Xet, which would need its chunker. */
    public @Nullable String xetHash() {
        return storage == Storage.XET ? standIn("xet") : null;
    }

    /** The CDN's own tag: it looks like a digest of the content and is none. */
    String cdnTag() {
        return standIn(storage == Storage.XET ? "xet" : "cdn");
    }

    private String standIn(String salt) {
        byte[] text = (salt + digest()).getBytes(StandardCharsets.US_ASCII);
        return HexFormat.of()
                .formatHex(ContentDigest.Kind.SHA256.begin(text.length).digest(text));
    }

    boolean isText() {
        if (storage != Storage.GIT) return false;
        for (byte b : content.bytes(0, (int) Math.min(8000, content.size()))) {
            if (b == 0) return false;
        }
        return true;
    }
}
