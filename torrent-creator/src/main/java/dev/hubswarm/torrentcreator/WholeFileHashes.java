package dev.hubswarm.torrentcreator;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.torrentcreator.Chunk.Segment;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Digests of whole files. One thread at a time adds chunks, in the order of the piece space; the schedule that hands
 * them out makes each thread see what the one before it did.
 */
final class WholeFileHashes {
    private final List<FileEntry> files;
    private final Set<ContentDigest.Kind> kinds;
    private final List<Map<ContentDigest.Kind, Hash>> done;
    private Map<ContentDigest.Kind, MessageDigest> current = Map.of();
    private long position;

    WholeFileHashes(List<FileEntry> files, Set<ContentDigest.Kind> kinds) {
        this.files = files;
        this.kinds = kinds;
        this.done = new ArrayList<>(Collections.nCopies(files.size(), Map.of()));
        for (int i = 0; i < files.size(); i++) {
            if (files.get(i).length() == 0) done.set(i, end(begin(0)));
        }
    }

    void add(Chunk chunk) {
        for (Segment segment : chunk.segments()) {
            if (segment.padding()) continue;
            long length = files.get(segment.file()).length();
            if (segment.fileOffset() == 0) {
                current = begin(length);
                position = 0;
            }
            // After a gap there is no digest of this file any more.
            if (segment.fileOffset() != position) continue;
            for (MessageDigest digest : current.values()) {
                digest.update(segment.in(chunk.buffer()));
            }
            position += segment.length();
            if (position == length) done.set(segment.file(), end(current));
        }
    }

    /** Empty for a file that was not read whole. */
    Map<ContentDigest.Kind, Hash> digests(int file) {
        return done.get(file);
    }

    private Map<ContentDigest.Kind, MessageDigest> begin(long length) {
        Map<ContentDigest.Kind, MessageDigest> digests = new EnumMap<>(ContentDigest.Kind.class);
        for (ContentDigest.Kind kind : kinds) digests.put(kind, kind.begin(length));
        return digests;
    }

    private static Map<ContentDigest.Kind, Hash> end(Map<ContentDigest.Kind, MessageDigest> digests) {
        Map<ContentDigest.Kind, Hash> hashes = new EnumMap<>(ContentDigest.Kind.class);
        digests.forEach((kind, digest) -> hashes.put(kind, Hash.of(digest.digest())));
        return hashes;
    }
}
