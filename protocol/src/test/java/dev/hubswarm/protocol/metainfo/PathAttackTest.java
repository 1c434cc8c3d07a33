package dev.hubswarm.protocol.metainfo;

import static dev.hubswarm.protocol.testing.Bencoding.bytes;
import static dev.hubswarm.protocol.testing.Bencoding.dict;
import static dev.hubswarm.protocol.testing.Bencoding.encode;
import static dev.hubswarm.protocol.testing.Bencoding.latin;
import static dev.hubswarm.protocol.testing.Bencoding.list;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.testing.Bencoding;
import dev.hubswarm.protocol.testing.Dict;
import dev.hubswarm.protocol.testing.PathCheck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** S24 of reliability.md: every way to lead a path elsewhere that libtorrent's sample torrents try, and some more. */
class PathAttackTest {
    private static final int PIECE = 16 * 1024;
    private static final String ABOVE = "names a folder above or the same one";
    private static final String SEPARATOR = "has a path separator in it";
    private static final String CONTROL = "has a control character in it";
    private static final String NOT_UTF8 = "is not UTF-8";
    private static final String COLLIDES = "collides with another name on common file systems";

    /** Files, each a list of names as they would stand in the torrent, and the rule that refuses one of them. */
    record Attack(String kind, String rule, List<List<byte[]>> files) {
        @Override
        public String toString() {
            return kind;
        }
    }

    static Stream<Attack> attacks() {
        return Stream.of(
                attack("absolute", SEPARATOR, "/etc/passwd"),
                attack("absolute in two", SEPARATOR, "/", "etc", "passwd"),
                attack("a slash", SEPARATOR, "/"),
                attack("slashes", SEPARATOR, "//"),
                attack("a slash within", SEPARATOR, "a/b"),
                attack("a slash at the end", SEPARATOR, "a/"),
                attack("a parent", ABOVE, "..", "etc"),
                attack("a parent within", ABOVE, "a", "..", "..", "etc"),
                attack("a parent at the end", ABOVE, "a", ".."),
                attack("a hidden parent", SEPARATOR, "foo/../../../bar"),
                attack("another hidden parent", SEPARATOR, "abc/../../def"),
                attack("the same folder", ABOVE, "."),
                attack("the same folder within", ABOVE, "a", ".", "b"),
                attack("three dots", ABOVE, "..."),
                attack("a parent with a space", ABOVE, ".. "),
                attack("a parent with spaces and dots", ABOVE, ".. . "),
                attack("a space", ABOVE, " "),
                attack("a stream of the folder", ABOVE, ":stream"),
                attack("a stream of the parent", ABOVE, "..::$INDEX_ALLOCATION"),
                attack("a backslash", SEPARATOR, "\\"),
                attack("a backslash parent", SEPARATOR, "..\\..\\evil"),
                attack("a drive", "begins with a Windows drive", "C:"),
                attack("a drive without a root", "begins with a Windows drive", "c:evil"),
                attack("a drive that is no letter", "begins with a Windows drive", "1:evil"),
                attack("a drive with a root", SEPARATOR, "C:\\evil"),
                attack("a drive within", "begins with a Windows drive", "a", "D:", "b"),
                attack("UNC", SEPARATOR, "\\\\host\\share\\evil"),
                attack("UNC with slashes", SEPARATOR, "//host/share/evil"),
                attack("a device path", SEPARATOR, "\\\\.\\C:\\evil"),
                attack("a verbatim path", SEPARATOR, "\\\\?\\C:\\evil"),
                attack("NUL", CONTROL, "a\u0000b"),
                attack("NUL alone", CONTROL, "\u0000"),
                attack("NUL behind an ending", CONTROL, "a.txt\u0000.exe"),
                attack("a line feed", CONTROL, "a\nb"),
                attack("a carriage return", CONTROL, "a\rb"),
                attack("escape", CONTROL, "\u001b[2J"),
                attack("delete", CONTROL, "a\u007f"),
                attack("C1", CONTROL, "a\u00c2\u0085"),
                attack("too long", "is longer than 255 bytes", "x".repeat(256)),
                attack("much too long", "is longer than 255 bytes", "x".repeat(100_000)),
                attack("too deep", "deeper than 32", "d/".repeat(32).concat("f").split("/")),
                attack("not UTF-8", NOT_UTF8, "caf\u00e9"),
                attack("a lone continuation", NOT_UTF8, "\u0080"),
                attack("a cut sequence", NOT_UTF8, "a\u00e2\u0082"),
                attack("byte 255", NOT_UTF8, "\u00ff"),
                attack("an overlong slash", NOT_UTF8, "..\u00c0\u00af..\u00c0\u00afetc"),
                attack("an overlong slash of three", NOT_UTF8, "\u00e0\u0080\u00af"),
                attack("an overlong slash of four", NOT_UTF8, "\u00f0\u0080\u0080\u00af"),
                attack("an overlong parent", NOT_UTF8, "\u00c0\u00ae\u00c0\u00ae"),
                attack("an overlong NUL", NOT_UTF8, "a\u00c0\u0080"),
                attack("a surrogate", NOT_UTF8, "\u00ed\u00a0\u0080"),
                attack("a surrogate pair", NOT_UTF8, "\u00ed\u00a0\u00bd\u00ed\u00b8\u0080"),
                attack("beyond Unicode", NOT_UTF8, "\u00f4\u0090\u0080\u0080"),
                attacks("equal but for case", COLLIDES, "README.md", "readme.md"),
                attacks("folders equal but for case", COLLIDES, "A/x", "a/X"),
                attacks("equal but for case beyond ASCII", COLLIDES, "É", "é"),
                attacks("equal but for NFC", COLLIDES, "é", "e\u0301"),
                attacks("folders equal but for NFC", COLLIDES, "é/a", "e\u0301/a"),
                attacks("equal but for dots", COLLIDES, "a", "a."),
                attacks("equal but for dots and spaces", COLLIDES, "a", "a. ."),
                attacks("folders equal but for dots", COLLIDES, "a/b", "a../b"),
                attacks("a file as a folder of another case", COLLIDES, "A/x", "a"),
                attacks("a file as a folder further down", COLLIDES, "x/a.", "x/a/b/c"));
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void noAttackPassesInV1(Attack attack) {
        List<Object> files = list();
        for (List<byte[]> path : attack.files) files.add(dict("length", 1, "path", list(path.toArray())));
        assertRefused(attack, v1(files, attack.files.size()));
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void noAttackPassesInV2(Attack attack) {
        Dict tree = dict();
        for (List<byte[]> path : attack.files) addTo(tree, path);
        assertRefused(attack, v2(tree));
    }

    @Test
    void whatATreeCanHoldInAnotherWayOnlyIsRefusedToo() {
        List<Object> twice = list(dict("length", 1, "path", list("a", "b")), dict("length", 1, "path", list("a", "b")));
        assertEquals("a/b " + COLLIDES, refusal(v1(twice, 2)));
        Dict file = dict("", leaf());
        String keys = "it is not bencoded as a torrent is: a key stands twice at byte ";
        String refusal = refusal(v2(dict("a", dict().append("b", file).append("b", file))));
        assertTrue(refusal != null && refusal.startsWith(keys), refusal);

        List<Object> under = list(dict("length", 1, "path", list("a")), dict("length", 1, "path", list("a", "b")));
        assertEquals("a/b " + COLLIDES, refusal(v1(under, 2)));
        assertEquals("a is both a file and a folder", refusal(v2(dict("a", dict("", leaf(), "b", file)))));
    }

    static Stream<Attack> attacksOfOneName() {
        return attacks()
                .filter(attack ->
                        attack.files.size() == 1 && attack.files.get(0).size() == 1);
    }

    @ParameterizedTest
    @MethodSource("attacksOfOneName")
    void noAttackPassesAsTheNameOfATorrent(Attack attack) {
        byte[] name = attack.files.get(0).get(0);
        assertRefused(
                attack, dict("info", dict("length", 1, "name", name, "piece length", PIECE, "pieces", new byte[20])));
        Dict v1 = v1(list(dict("length", 1, "path", list("a"))), 1);
        v1.dict("info").put("name", name);
        assertRefused(attack, v1);
        Dict v2 = v2(dict("a", dict("", leaf())));
        v2.dict("info").put("name", name);
        assertRefused(attack, v2);
    }

    @Test
    void emptyNamesAreRefused() {
        String rule = "a path has an empty name in it";
        assertEquals(rule, refusal(v1(list(dict("length", 1, "path", list(""))), 1)));
        assertEquals(rule, refusal(v1(list(dict("length", 1, "path", list("a", "", "b"))), 1)));
        Dict named = v1(list(dict("length", 1, "path", list("a"))), 1);
        named.dict("info").put("name", "");
        assertEquals(rule, refusal(named));
        // In a tree the empty name means the file itself.
        assertEquals("the file tree has a file without a name", refusal(v2(dict("", leaf()))));
        assertEquals("a file has no length", refusal(v2(dict("a", dict("", dict("b", dict("", leaf())))))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"attr", "symlink path"})
    void symbolicLinksAreRefused(String key) {
        Object value = key.equals("attr") ? "l" : list("..", "..", "etc", "passwd");
        String rule = "it contains a symbolic link, which could point anywhere";
        Dict file = dict("length", 0, "path", list("a")).put(key, value);
        assertEquals(rule, refusal(v1(list(file), 0)));
        assertEquals(rule, refusal(v2(dict("a", dict("", leaf().put(key, value))))));
        Dict single = dict("info", dict("length", 1, "name", "a", "piece length", PIECE, "pieces", new byte[20]));
        single.dict("info").put(key, value);
        assertEquals(rule, refusal(single));
    }

    @Test
    void aFolderThatIsALinkToElsewhereIsRefused() {
        Dict link = dict("attr", "l", "length", 0, "path", list("a"), "symlink path", list(".."));
        Dict through = dict("length", 1, "path", list("a", "evil"));
        assertNotNull(refusal(v1(list(link, through), 1)));
    }

    /** What is accepted must stay below its root; the judge knows nothing of our rules. */
    @Test
    void ofAHundredThousandRandomNamesNoneLeadsOut() throws Exception {
        byte[][] parts = new byte[TOKENS.length][];
        for (int i = 0; i < parts.length; i++) parts[i] = latin(TOKENS[i]);
        Random random = new Random(24);
        Path root = Path.of("/srv/hubswarm/downloads");
        int accepted = 0;
        int refused = 0;
        for (int names = 0; names < 100_000; ) {
            List<Object> files = list();
            Dict tree = dict();
            int count = 1 + random.nextInt(2);
            for (int i = 0; i < count; i++) {
                List<byte[]> path = new ArrayList<>();
                for (int depth = 1 + random.nextInt(3); depth > 0; depth--) path.add(randomName(random, parts));
                names += path.size();
                files.add(dict("length", 1, "path", list(path.toArray())));
                addTo(tree, path);
            }
            byte[] name = randomName(random, parts);
            names++;
            Dict v1 = v1(files, count);
            v1.dict("info").put("name", name);
            Dict v2 = v2(tree);
            v2.dict("info").put("name", name);
            for (Dict torrent : new Dict[] {v1, v2}) {
                Metainfo read;
                try {
                    read = Metainfo.read(encode(torrent));
                } catch (MetainfoException e) {
                    refused++;
                    continue;
                }
                accepted++;
                for (FileEntry file : read.files()) {
                    if (file.padding()) continue;
                    List<String> path = new ArrayList<>(file.path());
                    if (!read.isSingleFile()) path.add(0, read.name());
                    assertNull(PathCheck.fault(path), () -> path + " of " + torrent);
                    Path resolved = root.resolve(String.join("/", path)).normalize();
                    assertTrue(resolved.startsWith(root), () -> resolved + " of " + torrent);
                    assertEquals(
                            root.getNameCount() + path.size(), resolved.getNameCount(), () -> path + " of " + torrent);
                }
            }
        }
        assertTrue(accepted > 5_000, "only " + accepted + " were accepted");
        assertTrue(refused > 10_000, "only " + refused + " were refused");
    }

    @Test
    void theJudgeKnowsAWayOutWhenItSeesOne() {
        String[][] ways = {
            {".."},
            {"a", "..", ".."},
            {"/etc"},
            {"a/../../b"},
            {"..\\b"},
            {"C:"},
            {"c:x"},
            {"\\\\h\\s"},
            {"a\0"},
            {""},
            {"."},
            {"..."},
            {".. "},
            {" "},
            {"a", ":x"},
            {"a/b"},
            {"a\\b"},
            {"\n"},
            {"..:x"}
        };
        for (String[] way : ways) assertNotNull(PathCheck.fault(List.of(way)), Arrays.toString(way));
        String[][] ordinary = {{"a"}, {"..a"}, {"a.."}, {"a", "b", "c"}, {"a b"}, {"ab:c"}, {"é"}};
        for (String[] path : ordinary) assertNull(PathCheck.fault(List.of(path)), Arrays.toString(path));
    }

    private static final String[] TOKENS = {
        "a",
        "b",
        "A",
        "model",
        ".safetensors",
        "-00001",
        "\u00c3\u00a9",
        "e\u00cc\u0081",
        "\u00e6\u00bc\u00a2",
        "x",
        "0",
        "y",
        "~",
        "\u00f0\u009f\u0098\u0080",
        "k",
        "q",
        "_",
        "con",
        "$DATA",
        ".",
        ".",
        "..",
        "/",
        "\\",
        "C:",
        ":",
        " ",
        "\u0000",
        "\n",
        "\u007f",
        "\u00ff",
        "\u00c0\u00af",
        "\u00c0\u00ae",
        "\u00ed\u00a0\u0080",
        "\u00c2\u0085",
        "//",
        "\\\\",
        "\u00e2\u0088\u0095",
        "\u00ef\u00bc\u008f"
    };

    private static byte[] randomName(Random random, byte[][] parts) {
        byte[] name = {};
        // Most tokens of a long name would be ordinary ones, so that few names were refused for one reason.
        for (int i = random.nextInt(12) == 0 ? 0 : 1 + random.nextInt(3); i > 0; i--) {
            byte[] part = parts[random.nextInt(random.nextBoolean() ? 19 : parts.length)];
            int end = name.length;
            name = Arrays.copyOf(name, end + part.length);
            System.arraycopy(part, 0, name, end, part.length);
        }
        return name;
    }

    private static Attack attack(String kind, String rule, String... names) {
        return new Attack(
                kind, rule, List.of(Stream.of(names).map(Bencoding::latin).toList()));
    }

    private static Attack attacks(String kind, String rule, String... paths) {
        return new Attack(
                kind,
                rule,
                Stream.of(paths)
                        .map(path ->
                                Stream.of(path.split("/")).map(Bencoding::bytes).toList())
                        .toList());
    }

    private static void addTo(Dict tree, List<byte[]> path) {
        Dict folder = tree;
        for (byte[] name : path) {
            Dict next = null;
            for (Dict.Entry entry : folder.entries()) {
                if (Arrays.equals(entry.key, name) && entry.value instanceof Dict dict) next = dict;
            }
            if (next == null) {
                next = dict();
                folder.put(name, next);
            }
            folder = next;
        }
        folder.put(bytes(""), leaf());
    }

    private static Dict leaf() {
        byte[] root = new byte[32];
        root[0] = 1;
        return dict("length", 1, "pieces root", root);
    }

    private static Dict v1(List<Object> files, int size) {
        byte[] pieces = new byte[size == 0 ? 0 : 20];
        return dict("info", dict("files", files, "name", "n", "piece length", PIECE, "pieces", pieces));
    }

    private static Dict v2(Dict tree) {
        Dict info = dict("file tree", tree, "meta version", 2, "name", "n", "piece length", PIECE);
        return dict("info", info, "piece layers", dict());
    }

    private static void assertRefused(Attack attack, Dict torrent) {
        String refusal = refusal(torrent);
        assertTrue(refusal != null && refusal.contains(attack.rule), refusal);
    }

    private static @Nullable String refusal(Dict torrent) {
        try {
            Metainfo.read(encode(torrent));
            return null;
        } catch (MetainfoException e) {
            return e.getMessage();
        }
    }
}
