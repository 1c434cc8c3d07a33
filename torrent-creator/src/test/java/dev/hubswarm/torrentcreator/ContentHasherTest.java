package dev.hubswarm.torrentcreator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.protocol.metainfo.Digests;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.storage.HashPool;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.testkit.SeededBytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
final class ContentHasherTest {
    private static final int MIB = 1 << 20;
    private static final Set<ContentDigest.Kind> ALL = EnumSet.allOf(ContentDigest.Kind.class);

    /** A piece space in memory. */
    private static final class Space {
        final List<FileEntry> entries = new ArrayList<>();
        final List<byte[]> contents = new ArrayList<>();
        int end;

        void add(byte[] content, boolean padding) {
            entries.add(new FileEntry(List.of("f" + entries.size()), content.length, end, null, padding));
            contents.add(content);
            end += content.length;
        }

        void alignTo(int pieceLength, boolean withPadding) {
            int gap = (pieceLength - end % pieceLength) % pieceLength;
            if (gap > 0 && withPadding) add(new byte[gap], true);
            else end += gap;
        }

        byte[] bytes() {
            byte[] space = new byte[end];
            for (int i = 0; i < entries.size(); i++) {
                byte[] content = contents.get(i);
                System.arraycopy(content, 0, space, (int) entries.get(i).offset(), content.length);
            }
            return space;
        }

        HashedContent hash(ContentHasher.Plan plan, int threads) throws Exception {
            ContentSource source = new ContentSource() {
                @Override
                public int read(OpenFiles open, int file, long offset, ByteBuffer buffer, int length) {
                    buffer.put(contents.get(file), (int) offset, length);
                    return length;
                }

                @Override
                public void checkUnchanged() {}
            };
            try (HashPool pool = new HashPool(threads)) {
                return new ContentHasher(plan, entries, end, source, pool, Progress.NONE).hash();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16383, 16384, 16385, 262143, 262144, 262145, MIB - 1, MIB, MIB + 1, 3 * MIB + 5})
    void oneFileOfAnySizeGetsTheHashesOfItsDefinition(int size) throws Exception {
        for (int pieceLength : new int[] {16384, 262144, MIB, 2 * MIB, 8 * MIB}) {
            Space space = new Space();
            space.add(SeededBytes.of(size, size), false);
            check(space, new ContentHasher.Plan(pieceLength, true, true, ALL), 2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void anyNumberOfThreadsGivesTheSameHashes(int threads) throws Exception {
        Space space = new Space();
        space.add(SeededBytes.of(7, 21 * MIB + 77), false);
        check(space, new ContentHasher.Plan(4 * MIB, true, true, ALL), threads);
    }

    @Test
    void foldersOfRandomFilesGetTheHashesOfTheirDefinition() throws Exception {
        SplittableRandom random = new SplittableRandom(20261121);
        for (int round = 0; round < 150; round++) {
            int pieceLength = 16384 << random.nextInt(8);
            boolean v1 = random.nextInt(3) > 0;
            boolean v2 = !v1 || random.nextBoolean();
            Space space = new Space();
            int files = 1 + random.nextInt(12);
            for (int i = 0; i < files; i++) {
                int size = switch (random.nextInt(5)) {
                    case 0 -> 0;
                    case 1 -> random.nextInt(100);
                    case 2 -> pieceLength + random.nextInt(3) - 1;
                    case 3 -> random.nextInt(3 * pieceLength);
                    default -> random.nextInt(2 * MIB);
                };
                if (v2 && size > 0) space.alignTo(pieceLength, v1);
                space.add(SeededBytes.of(1000L * round + i, size), false);
            }
            if (space.end == 0) space.add(new byte[] {1}, false);
            Set<ContentDigest.Kind> digests = random.nextBoolean() ? ALL : Set.of();
            check(space, new ContentHasher.Plan(pieceLength, v1, v2, digests), 1 + random.nextInt(3));
        }
    }

    @ParameterizedTest
    @CsvSource({"1000,5000", "16383,400000", "1048575,4000000", "1500000,9000000", "3,2000"})
    void v1PiecesOfOddLengthAreHashedToo(int pieceLength, int size) throws Exception {
        Space space = new Space();
        space.add(SeededBytes.of(3, size / 3), false);
        space.add(SeededBytes.of(4, size - size / 3), false);
        check(space, new ContentHasher.Plan(pieceLength, true, false, Set.of()), 2);
    }

    private static void check(Space space, ContentHasher.Plan plan, int threads) throws Exception {
        HashedContent hashed = space.hash(plan, threads);
        String what = plan + " with sizes "
                + Arrays.toString(
                        space.contents.stream().mapToInt(c -> c.length).toArray());
        if (plan.v1()) {
            assertArrayEquals(NaiveTorrent.v1Pieces(space.bytes(), plan.pieceLength()), hashed.v1Pieces(), what);
        }
        int next = 0;
        for (int i = 0; i < space.entries.size(); i++) {
            if (space.entries.get(i).padding()) continue;
            byte[] content = space.contents.get(i);
            HashedContent.HashedFile file = hashed.files().get(next++);
            if (plan.v2() && content.length > 0) {
                assertArrayEquals(NaiveTorrent.pieceLayer(content, plan.pieceLength()), file.layer(), what);
                assertEquals(Hash.of(NaiveTorrent.root(content)), Objects.requireNonNull(file.root()), what);
            }
            if (!plan.digests().isEmpty()) {
                assertEquals(
                        Hash.of(Digests.sha256().digest(content)),
                        file.digests().get(ContentDigest.Kind.SHA256),
                        what);
                byte[] head = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
                byte[] blob = Arrays.copyOf(head, head.length + content.length);
                System.arraycopy(content, 0, blob, head.length, content.length);
                assertEquals(
                        Hash.of(Digests.sha1().digest(blob)), file.digests().get(ContentDigest.Kind.GIT_SHA1), what);
            }
        }
        assertEquals(next, hashed.files().size(), what);
        assertEquals(0, hashed.missing().cardinality(), what);
    }
}
