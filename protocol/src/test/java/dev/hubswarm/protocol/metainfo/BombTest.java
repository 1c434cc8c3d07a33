package dev.hubswarm.protocol.metainfo;

import static dev.hubswarm.protocol.testing.Bencoding.latin;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeReader;
import dev.hubswarm.protocol.bencode.BencodeReader.Mode;
import dev.hubswarm.protocol.testing.NaiveMerkle;
import dev.hubswarm.testkit.Cost;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * S32 of reliability.md: input that is made to cost more than it is long. Processor time counts, as the machine may be busy,
 * and the best of some readings, as the first ones wait for the compiler.
 */
class BombTest {
    private static final int LARGEST = Metainfo.MAX_TORRENT_BYTES;
    /** What any torrent may cost beside twice its length: readers, digests, exceptions, hints. */
    private static final long ALLOWANCE = 128 * 1024;
    /** Hints are text, which in memory takes up to five times its bytes; at most 256 KiB of them are read. */
    private static final long HINT_ALLOWANCE = ALLOWANCE + 5 * 256 * 1024;

    private static final Duration AT_ONCE = Duration.ofMillis(50);
    /** For what is as much work as an honest torrent of its size; without a bound it would be minutes. */
    private static final Duration IN_TIME = Duration.ofSeconds(3);

    private static final int RUNS = 7;

    /** A front and a part that is repeated, made only when it is needed: all together they are a gigabyte. */
    record Bomb(String kind, String front, String part, int size) {
        byte[] bytes() {
            byte[] bytes = new byte[size];
            byte[] again = latin(part);
            System.arraycopy(latin(front), 0, bytes, 0, front.length());
            for (int i = front.length(); i < size; i++) bytes[i] = again[(i - front.length()) % again.length];
            return bytes;
        }

        @Override
        public String toString() {
            return kind + ", " + size + " bytes";
        }
    }

    static Stream<Bomb> depthAndLengthBombs() {
        return Stream.of(20_000, 1 << 20, LARGEST)
                .flatMap(size -> Stream.of(
                        new Bomb("lists", "", "l", size),
                        new Bomb("dictionaries", "", "d", size),
                        new Bomb("dictionaries with keys", "", "d1:a", size),
                        new Bomb("lists in info", "d4:infod5:files", "l", size),
                        new Bomb("a tree that ends nowhere", "d4:infod9:file tree", "d1:a", size),
                        new Bomb("paths that end nowhere", "d4:infod5:filesld4:path", "l", size),
                        new Bomb("lengths of a gigabyte", "", "999999999:", size),
                        new Bomb("lengths of a gigabyte as keys", "d", "999999999:", size),
                        new Bomb("lengths of a gigabyte in a list", "l", "999999999:", size),
                        new Bomb("a length of many digits", "", "9", size),
                        new Bomb("a length of many digits as a key", "d", "1", size),
                        new Bomb("an integer of many digits", "i", "1", size),
                        new Bomb("a negative integer of many digits", "d4:infoi-", "9", size),
                        new Bomb("signs", "i", "-", size),
                        new Bomb("ends", "", "e", size),
                        new Bomb("colons", "", ":", size)));
    }

    @ParameterizedTest
    @MethodSource("depthAndLengthBombs")
    void depthAndLengthBombsAreRefusedAtOnce(Bomb bomb) throws Exception {
        byte[] bytes = bomb.bytes();
        for (Mode mode : Mode.values()) {
            assertCheap(bytes, AT_ONCE, ALLOWANCE, () -> assertTrue(isRefused(bytes, mode)));
        }
        for (boolean strictly : new boolean[] {true, false}) {
            assertCheap(bytes, AT_ONCE, ALLOWANCE, () -> assertNull(read(bytes, strictly)));
        }
    }

    /** Zeros in front, which lenient reading passes, but not without an end. */
    static Stream<Bomb> zeros() {
        return Stream.of(20_000, 1 << 20, LARGEST)
                .flatMap(size -> Stream.of(
                        new Bomb("a length of zeros", "", "0", size),
                        new Bomb("an integer of zeros", "i", "0", size),
                        new Bomb("an integer of zeros in info", "d4:infod6:lengthi", "0", size)));
    }

    @ParameterizedTest
    @MethodSource("zeros")
    void zerosWithoutAnEndAreRefusedAtOnce(Bomb bomb) throws Exception {
        byte[] bytes = bomb.bytes();
        for (boolean strictly : new boolean[] {true, false}) {
            assertCheap(bytes, AT_ONCE, ALLOWANCE, () -> assertNull(read(bytes, strictly)));
        }
    }

    static Stream<Bomb> tokenBombs() {
        return Stream.of(
                new Bomb("empty strings", "l", "0:", LARGEST),
                new Bomb("small integers", "l", "i0e", LARGEST),
                new Bomb("empty lists", "l", "le", LARGEST),
                new Bomb("empty dictionaries", "l", "de", LARGEST),
                new Bomb("small dictionaries", "l", "d0:0:e", LARGEST),
                new Bomb("trackers", "d13:announce-listl", "l1:ae", LARGEST),
                new Bomb("trackers in one tier", "d13:announce-listll", "1:a", LARGEST),
                new Bomb("web seeds", "d8:url-listl", "1:a", LARGEST),
                new Bomb("keys that stand again and again", "d", "7:comment1:x1:ai0e", LARGEST));
    }

    @ParameterizedTest
    @MethodSource("tokenBombs")
    void tokenBombsAreRefusedWithoutBuildingAnything(Bomb bomb) throws Exception {
        byte[] bytes = bomb.bytes();
        for (boolean strictly : new boolean[] {true, false}) {
            assertCheap(bytes, IN_TIME, HINT_ALLOWANCE, () -> assertNull(read(bytes, strictly)));
        }
    }

    @Test
    void aMillionTinyFilesAreRefusedWithoutBuildingAnything() throws Exception {
        byte[] v1 = torrent(v1Info(1_000_000, i -> "d6:lengthi0e4:pathl7:" + number(i) + "ee", 0));
        byte[] v2 = torrent(v2Info(1_000_000, i -> "7:" + number(i) + "d0:d6:lengthi0eee"));
        for (byte[] bytes : new byte[][] {v1, v2}) {
            assertCheap(bytes, IN_TIME, ALLOWANCE, () -> assertNull(read(bytes, true)));
        }
    }

    @Test
    void asManyTinyFilesAsThereMayBeTakeNoMemoryUntilSomebodyAsks() throws Exception {
        byte[] v1 = torrent(v1Info(400_000, i -> "d6:lengthi0e4:pathl7:" + number(i) + "ee", 0));
        byte[] v2 = torrent(v2Info(400_000, i -> "7:" + number(i) + "d0:d6:lengthi0eee"));
        byte[] attributes = torrent(v1Info(300_000, i -> "d4:attr1:x6:lengthi0e4:pathl7:" + number(i) + "ee", 0));
        for (byte[] bytes : new byte[][] {v1, v2, attributes}) {
            assertCheap(bytes, IN_TIME, ALLOWANCE, () -> assertTrue(read(bytes, true) != null));
        }
    }

    @Test
    void aHybridOfManyTinyFilesTakesNoMemoryEither() throws Exception {
        int count = 190_000;
        byte[] list = elements(count, i -> "d6:lengthi0e4:pathl7:" + number(i) + "ee");
        byte[] tree = elements(count, i -> "7:" + number(i) + "d0:d6:lengthi0eee");
        byte[] bytes = torrent(join(
                latin("d9:file treed"),
                tree,
                latin("e5:filesl"),
                list,
                latin("e12:meta versioni2e4:name1:r12:piece lengthi16384e6:pieces0:e")));
        assertCheap(bytes, IN_TIME, ALLOWANCE, () -> assertEquals(count, fileCount(read(bytes, true))));
    }

    @Test
    void manyStretchesOfPaddingTakeNoMemory() throws Exception {
        String padding = "d4:attr1:p6:lengthi0e4:pathl1:aee";
        byte[] bytes = torrent(v1Info(300_000, i -> i == 0 ? "d6:lengthi0e4:pathl1:aee" : padding, 0));
        assertCheap(bytes, IN_TIME, ALLOWANCE, () -> assertEquals(1, fileCount(read(bytes, true))));
    }

    /** The names are followed once, and not for each of the files below them. */
    @Test
    void aLongPathToAFolderOfManyFilesIsFollowedOnce() throws Exception {
        // Decomposed, and thus the most work to compare.
        String name = "e\u0301".repeat(85);
        String folder = "255:" + new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1) + "d";
        byte[] tree = join(
                latin(folder.repeat(31)),
                elements(300_000, i -> "7:" + number(i) + "d0:d6:lengthi0eee"),
                latin("e".repeat(31)));
        byte[] bytes = torrent(
                join(latin("d9:file treed"), tree, latin("e12:meta versioni2e4:name1:r12:piece lengthi16384ee")));
        assertCheap(bytes, IN_TIME, ALLOWANCE, () -> assertEquals(300_000, fileCount(read(bytes, true))));
    }

    @Test
    void theSameInAHybridIsFollowedOnceUntilTheListsDiffer() throws Exception {
        String folder = "255:" + "x".repeat(255) + "d";
        byte[] tree = join(
                latin(folder.repeat(31)),
                elements(200_000, i -> "7:" + number(i) + "d0:d6:lengthi0eee"),
                latin("e".repeat(31)));
        byte[] bytes = torrent(join(
                latin("d9:file treed"),
                tree,
                latin("e6:lengthi0e12:meta versioni2e4:name1:r12:piece lengthi16384e6:pieces0:e")));
        assertCheap(bytes, IN_TIME, ALLOWANCE, () -> assertNull(read(bytes, true)));
    }

    @Test
    void aPieceLayerThatManyFilesShareIsHashedOnce() throws Exception {
        int pieces = 1 << 15;
        byte[] layer = new byte[32 * pieces];
        Arrays.fill(layer, (byte) 7);
        byte[] root = NaiveMerkle.rootOfLayer(layer, NaiveMerkle.BLOCK);
        int count = 63;
        byte[] tree = elements(
                count,
                i -> "7:" + number(i) + "d0:d6:lengthi" + (long) pieces * NaiveMerkle.BLOCK + "e11:pieces root32:"
                        + new String(root, StandardCharsets.ISO_8859_1) + "ee");
        byte[] bytes = join(
                latin("d4:infod9:file treed"),
                tree,
                latin("e12:meta versioni2e4:name1:r12:piece lengthi16384ee12:piece layersd32:"),
                root,
                latin(layer.length + ":"),
                layer,
                latin("ee"));
        assertCheap(bytes, IN_TIME, ALLOWANCE, () -> assertEquals(count, fileCount(read(bytes, true))));
    }

    @Test
    void manySmallPieceLayersTakeNoMemory() throws Exception {
        int count = 30_000;
        ByteArrayOutputStream tree = new ByteArrayOutputStream();
        TreeMap<String, byte[]> layers = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            byte[] layer = new byte[64];
            layer[0] = (byte) i;
            layer[1] = (byte) (i >> 8);
            byte[] root = NaiveMerkle.rootOfLayer(layer, NaiveMerkle.BLOCK);
            layers.put(new String(root, StandardCharsets.ISO_8859_1), layer);
            tree.writeBytes(latin("7:" + number(i) + "d0:d6:lengthi32768e11:pieces root32:"));
            tree.writeBytes(root);
            tree.writeBytes(latin("ee"));
        }
        ByteArrayOutputStream sorted = new ByteArrayOutputStream();
        layers.forEach((root, layer) -> sorted.writeBytes(join(latin("32:" + root + "64:"), layer)));
        byte[] bytes = join(
                latin("d4:infod9:file treed"),
                tree.toByteArray(),
                latin("e12:meta versioni2e4:name1:r12:piece lengthi16384ee12:piece layersd"),
                sorted.toByteArray(),
                latin("ee"));
        assertCheap(bytes, IN_TIME, ALLOWANCE, () -> assertEquals(count, fileCount(read(bytes, true))));
    }

    @Test
    void hugePieceLayersOfNoFileAreRefusedWithoutBuildingAnything() throws Exception {
        String info = "d9:file treed1:ad0:d6:lengthi0eeee12:meta versioni2e4:name1:r12:piece lengthi16384e";
        byte[] keys = elements(880_000, i -> "32:" + number(i) + "x".repeat(25) + "0:");
        byte[] bytes = join(latin("d4:info" + info + "e12:piece layersd"), keys, latin("ee"));
        byte[] oneOfThem = join(
                latin("d4:info" + info + "e12:piece layersd32:" + "r".repeat(32) + "33000000:"),
                new byte[33_000_000],
                latin("ee"));
        for (byte[] torrent : new byte[][] {bytes, oneOfThem}) {
            assertCheap(torrent, IN_TIME, ALLOWANCE, () -> assertNull(read(torrent, true)));
        }
    }

    @Test
    void aHintOfManyMegabytesIsNotRead() throws Exception {
        for (String key : new String[] {"announce", "comment", "created by", "url-list"}) {
            byte[] text = new byte[30 << 20];
            Arrays.fill(text, (byte) 0xe9);
            byte[] info = v1Info(1, i -> "d6:lengthi0e4:pathl1:aee", 0);
            byte[] hint = join(latin(key.length() + ":" + key + text.length + ":"), text);
            byte[] infoEntry = join(latin("4:info"), info);
            boolean before = key.compareTo("info") < 0;
            byte[] bytes = join(latin("d"), before ? hint : infoEntry, before ? infoEntry : hint, latin("e"));
            assertCheap(bytes, IN_TIME, ALLOWANCE, () -> assertEquals(1, fileCount(read(bytes, true))));
        }
    }

    @Test
    void hintsUpToTheLimitTakeNoMoreThanStated() throws Exception {
        // Latin until the last character, which makes Java begin anew twice.
        byte[] text = "\u00e9".repeat(120_000).concat("\u6f22").getBytes(StandardCharsets.UTF_8);
        byte[] bytes = join(
                latin("d7:comment" + text.length + ":"),
                text,
                latin("4:info"),
                v1Info(1, i -> "d6:lengthi0e4:pathl1:aee", 0),
                latin("e"));
        assertCheap(bytes, AT_ONCE, HINT_ALLOWANCE, () -> assertEquals(1, fileCount(read(bytes, true))));
    }

    @Test
    void aMagnetLinkOfManyPartsIsReadAtOnce() throws Exception {
        String link = "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567";
        int rest = MagnetLink.MAX_LENGTH - link.length();
        // The bound for these is the limit on their length: no link allocates more than 4 MiB.
        for (String part :
                new String[] {"&", "&=", "&a", "&dn=", "&tr=a", "&dn=%41", "&dn=\u6f22", "&so=1", "&x.pe=h:1"}) {
            String bomb = link + part.repeat(rest / part.length());
            assertWithin(
                    4 << 20,
                    AT_ONCE,
                    () -> assertEquals(-1, MagnetLink.parse(bomb).size()),
                    part);
        }
    }

    private static @Nullable Metainfo read(byte[] torrent, boolean strictly) {
        try {
            return strictly ? Metainfo.readStrictly(torrent) : Metainfo.read(torrent);
        } catch (MetainfoException e) {
            return null;
        }
    }

    private static int fileCount(@Nullable Metainfo torrent) {
        return torrent == null ? -1 : torrent.fileCount();
    }

    private static boolean isRefused(byte[] bytes, Mode mode) {
        try {
            BencodeReader reader = new BencodeReader(bytes, mode);
            reader.skip();
            reader.finish();
            return false;
        } catch (BencodeException e) {
            return true;
        }
    }

    private static void assertCheap(byte[] bytes, Duration time, long allowance, Cost.Work work) throws Exception {
        assertWithin(2L * bytes.length + allowance, time, work, bytes.length + " bytes");
    }

    private static void assertWithin(long allocatedBytes, Duration time, Cost.Work work, String of) throws Exception {
        List<Cost> costs = new ArrayList<>();
        for (int run = 0; run < RUNS; run++) {
            Cost cost = Cost.of(work);
            costs.add(cost);
            if (cost.allocatedBytes() < allocatedBytes && cost.processor().compareTo(time) < 0) return;
        }
        fail(of + " cost " + costs);
    }

    private static String number(int i) {
        return Integer.toString(1_000_000 + i);
    }

    private static byte[] elements(int count, IntFunction<String> element) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) out.writeBytes(latin(element.apply(i)));
        return out.toByteArray();
    }

    private static byte[] v1Info(int count, IntFunction<String> file, int pieces) {
        return join(
                latin("d5:filesl"),
                elements(count, file),
                latin("e4:name1:r12:piece lengthi16384e6:pieces" + 20 * pieces + ":"),
                new byte[20 * pieces],
                latin("e"));
    }

    private static byte[] v2Info(int count, IntFunction<String> file) {
        return join(
                latin("d9:file treed"),
                elements(count, file),
                latin("e12:meta versioni2e4:name1:r12:piece lengthi16384ee"));
    }

    private static byte[] torrent(byte[] info) {
        return join(latin("d4:info"), info, latin("e"));
    }

    private static byte[] join(byte[]... parts) {
        return NaiveMerkle.join(Arrays.asList(parts));
    }
}
