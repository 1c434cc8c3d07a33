package dev.hubswarm.protocol.metainfo;

import static dev.hubswarm.protocol.testing.Bencoding.encode;
import static dev.hubswarm.protocol.testing.Bencoding.list;
import static dev.hubswarm.protocol.testing.Torrents.PIECE;
import static dev.hubswarm.protocol.testing.Torrents.file;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.MagnetLink.IndexRange;
import dev.hubswarm.protocol.metainfo.MagnetLink.PeerAddress;
import dev.hubswarm.protocol.testing.Torrents;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MagnetLinkTest {
    private static final String V1 = "0123456789abcdef0123456789abcdef01234567";
    private static final String V2 = "caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e";
    private static final String BTIH = "magnet:?xt=urn:btih:" + V1;
    private static final String BTMH = "magnet:?xt=urn:btmh:1220" + V2;

    @Test
    void aV1LinkIsRead() throws MetainfoException {
        MagnetLink link = MagnetLink.parse(BTIH);
        assertEquals(new InfoHash(Hash.ofHex(V1), null), link.infoHash());
        assertNull(link.name());
        assertEquals(-1, link.size());
        assertEquals(List.of(), link.trackers());
        assertEquals(BTIH, link.toString());
    }

    @Test
    void aV2LinkIsRead() throws MetainfoException {
        assertEquals(new InfoHash(null, Hash.ofHex(V2)), MagnetLink.parse(BTMH).infoHash());
        assertEquals(BTMH, MagnetLink.parse(BTMH).toString());
    }

    @Test
    void aHybridLinkHasBothHashes() throws MetainfoException {
        MagnetLink link = MagnetLink.parse(BTMH + "&xt=urn:btih:" + V1);
        assertEquals(new InfoHash(Hash.ofHex(V1), Hash.ofHex(V2)), link.infoHash());
        assertEquals(BTIH + "&xt=urn:btmh:1220" + V2, link.toString());
    }

    @Test
    void base32IsReadInEitherCase() throws MetainfoException {
        // The bytes 00 01 .. 13, by another implementation.
        String base32 = "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQT";
        Hash expected = Hash.ofHex("000102030405060708090a0b0c0d0e0f10111213");
        for (String text : new String[] {base32, base32.toLowerCase(Locale.ROOT)}) {
            assertEquals(
                    expected,
                    MagnetLink.parse("magnet:?xt=urn:btih:" + text).infoHash().v1());
        }
        assertEquals(
                Hash.ofHex("ff".repeat(20)),
                MagnetLink.parse("magnet:?xt=urn:btih:" + "7".repeat(32))
                        .infoHash()
                        .v1());
    }

    @Test
    void everythingElseIsRead() throws MetainfoException {
        MagnetLink link = MagnetLink.parse(BTIH
                + "&dn=A+file%20%C3%A9&xl=1234&tr=http%3A%2F%2Fa%2Fannounce&tr=udp://b:80&ws=https://w/x?y%3D1"
                + "&so=0,2,4-6&x.pe=1.2.3.4:6881&x.pe=host.example:1&x.pe=%5B2001:db8::1%5D:65535&as=ignored&kt=k");
        assertEquals("A file é", link.name());
        assertEquals(1234, link.size());
        assertEquals(List.of("http://a/announce", "udp://b:80"), link.trackers());
        assertEquals(List.of("https://w/x?y=1"), link.webSeeds());
        assertEquals(List.of(new IndexRange(0, 0), new IndexRange(2, 2), new IndexRange(4, 6)), link.selectedFiles());
        assertEquals(
                List.of(
                        new PeerAddress("1.2.3.4", 6881),
                        new PeerAddress("host.example", 1),
                        new PeerAddress("2001:db8::1", 65535)),
                link.peers());
        assertEquals(link, MagnetLink.parse(link.toString()));
        assertEquals(
                BTIH + "&dn=A%20file%20%C3%A9&xl=1234&tr=http%3A%2F%2Fa%2Fannounce&tr=udp%3A%2F%2Fb%3A80"
                        + "&ws=https%3A%2F%2Fw%2Fx%3Fy%3D1&so=0,2,4-6&x.pe=1.2.3.4%3A6881&x.pe=host.example%3A1"
                        + "&x.pe=%5B2001%3Adb8%3A%3A1%5D%3A65535",
                link.toString());
    }

    @Test
    void keysAndSchemeMayBeInAnyCaseAndNumbered() throws MetainfoException {
        MagnetLink link = MagnetLink.parse(
                "MAGNET:?XT.1=URN:BTIH:" + V1.toUpperCase(Locale.ROOT) + "&tr.1=a&TR.22=b&Dn=n&X.PE=h:1");
        assertEquals(Hash.ofHex(V1), link.infoHash().v1());
        assertEquals(List.of("a", "b"), link.trackers());
        assertEquals("n", link.name());
        assertEquals(1, link.peers().size());
    }

    @Test
    void partsWithoutAKeyOrAValueAreNoMatter() throws MetainfoException {
        MagnetLink link = MagnetLink.parse("magnet:?&&=&x&=y&xt=urn:btih:" + V1 + "&tr=&ws=&dn=&");
        assertEquals(List.of(), link.trackers());
        assertEquals(List.of(), link.webSeeds());
        assertEquals("", link.name());
        assertEquals(link, MagnetLink.parse(link.toString()));
    }

    @Test
    void unescapedUnicodeIsRead() throws MetainfoException {
        assertEquals("é漢😀", MagnetLink.parse(BTIH + "&dn=é漢😀").name());
        assertEquals(
                BTIH + "&dn=%F0%9F%98%80", MagnetLink.parse(BTIH + "&dn=😀").toString());
    }

    @Test
    void otherTopicsAreNoMatterBesideOurs() throws MetainfoException {
        MagnetLink link = MagnetLink.parse("magnet:?xt=urn:ed2k:31d6cfe0d16ae931b73c59d7e0c089c0&xt=urn:btih:" + V1);
        assertEquals(Hash.ofHex(V1), link.infoHash().v1());
    }

    @Test
    void theSameHashMayStandTwiceButNotAnother() throws MetainfoException {
        assertEquals(
                BTIH,
                MagnetLink.parse(BTIH + "&xt=urn:btih:" + V1.toUpperCase(Locale.ROOT))
                        .toString());
        assertEquals("it names two torrents", refusal(BTIH + "&xt=urn:btih:" + V1.replace('0', '1')));
        assertEquals("it names two torrents", refusal(BTMH + "&xt=urn:btmh:1220" + V2.replace('0', '1')));
    }

    @ParameterizedTest
    @CsvSource({
        "'', it does not begin with magnet:?",
        "magnet:, it does not begin with magnet:?",
        "http://example, it does not begin with magnet:?",
        "magnet:?, it has no BitTorrent info hash",
        "magnet:?dn=x, it has no BitTorrent info hash",
        "magnet:?xt=urn:sha1:x, it has no BitTorrent info hash",
        "magnet:?xt=urn:btih:, a btih is 40 hex digits or 32 base32 characters",
        "magnet:?xt=urn:btih:012, a btih is 40 hex digits or 32 base32 characters",
        "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef0123456x, a btih is 40 hex digits or 32 base32 characters",
        "magnet:?xt=urn:btih:AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQ1, a btih has a character that is not base32",
        "magnet:?xt=urn:btih:AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQ=, a btih has a character that is not base32",
        "magnet:?xt=urn:btmh:1220, a btmh is 1220 and 64 hex digits"
    })
    void whatIsNoLinkIsRefused(String link, String refusal) {
        assertEquals(refusal, refusal(link));
    }

    @Test
    void aMultihashOfAnotherFunctionIsRefused() {
        assertEquals("a btmh is 1220 and 64 hex digits", refusal("magnet:?xt=urn:btmh:1120" + V2));
        assertEquals("a btmh is 1220 and 64 hex digits", refusal("magnet:?xt=urn:btmh:1114" + V1));
        assertEquals("a btmh is 1220 and 64 hex digits", refusal(BTMH + "00"));
    }

    /** Java upper-cases U+0131 to an I, and counts digits of other scripts as digits. */
    @Test
    void onlyAsciiIsHexOrBase32() {
        assertEquals(
                "a btih has a character that is not base32",
                refusal("magnet:?xt=urn:btih:AAAQEAYEAUDAOCAJB\u0131FQYDIOB4IBCEQT"));
        assertEquals(
                "a btih has a character that is not base32",
                refusal("magnet:?xt=urn:btih:AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQ\uff34"));
        assertEquals(
                "a btih is 40 hex digits or 32 base32 characters",
                refusal("magnet:?xt=urn:btih:" + V1.replace('1', '\uff11')));
        assertEquals("a percent sign is not followed by two hex digits", refusal(BTIH + "&dn=%\uff14\uff11"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%4", "%4&a=b", "%G1", "%1G", "%-1", "%+1", "a%"})
    void aPercentSignNeedsTwoHexDigits(String value) {
        assertEquals("a percent sign is not followed by two hex digits", refusal(BTIH + "&dn=" + value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%FF", "%C0%80", "%ED%A0%80", "%C3", "%F4%90%80%80"})
    void valuesThatAreNotUtf8AreRefused(String value) {
        assertEquals("a value is not UTF-8", refusal(BTIH + "&dn=" + value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud800", "\udc00", "a\ud800b", "\ud800&tr=x"})
    void loneSurrogatesAreRefused(String value) {
        assertEquals("a value is not Unicode", refusal(BTIH + "&dn=" + value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1.5", "a", "9007199254740993", "99999999999999999999", "1e3", "\u0661"})
    void aLengthThatIsNoneIsRefused(String value) {
        assertEquals("its length is not a number up to 9007199254740992", refusal(BTIH + "&xl=" + value));
    }

    @Test
    void theLargestLengthIsRead() throws MetainfoException {
        assertEquals(1L << 53, MagnetLink.parse(BTIH + "&xl=9007199254740992").size());
        assertEquals(7, MagnetLink.parse(BTIH + "&xl=007").size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", "1,", ",1", "1-", "-1", "1-2-3", "a", "2147483648", "1- 2"})
    void aSelectionThatIsNoneIsRefused(String value) {
        assertEquals("a file index is not a number up to 2147483647", refusal(BTIH + "&so=" + value));
    }

    @Test
    void aSelectionDoesNotRunBackwards() throws MetainfoException {
        assertEquals("a range of files runs backwards", refusal(BTIH + "&so=2-1"));
        assertEquals(
                List.of(new IndexRange(0, 2147483647)),
                MagnetLink.parse(BTIH + "&so=0-2147483647").selectedFiles());
        assertThrows(IllegalArgumentException.class, () -> new IndexRange(2, 1));
        assertThrows(IllegalArgumentException.class, () -> new IndexRange(-1, 1));
    }

    @ParameterizedTest
    @CsvSource({
        "host, a peer address is host:port or [IPv6]:port",
        ":1, a peer address is host:port or [IPv6]:port",
        "::1:80, a peer address is host:port or [IPv6]:port",
        "[]:1, a peer address is host:port or [IPv6]:port",
        "[[::1]]:1, a peer address is host:port or [IPv6]:port",
        "[[a]]:1, a peer address is host:port or [IPv6]:port",
        "[::1:1, a peer address is host:port or [IPv6]:port",
        "a]:1, a peer address is host:port or [IPv6]:port",
        "[::1], a peer address is host:port or [IPv6]:port",
        "host:0, a port is 0",
        "host:, a port is not a number up to 65535",
        "host:65536, a port is not a number up to 65535",
        "host:-1, a port is not a number up to 65535"
    })
    void aPeerThatIsNoneIsRefused(String peer, String refusal) {
        assertEquals(refusal, refusal(BTIH + "&x.pe=" + peer));
    }

    @Test
    void aPeerAddressIsOneThatCanBeWritten() {
        assertThrows(IllegalArgumentException.class, () -> new PeerAddress("", 1));
        assertThrows(IllegalArgumentException.class, () -> new PeerAddress("a", 0));
        assertThrows(IllegalArgumentException.class, () -> new PeerAddress("a", 65536));
        assertThrows(IllegalArgumentException.class, () -> new PeerAddress("[::1]", 1));
    }

    @Test
    void noMoreThan256OfAKindAreRead() throws MetainfoException {
        StringBuilder text = new StringBuilder(BTIH);
        for (int i = 0; i < 300; i++)
            text.append("&tr=t").append(i).append("&ws=w").append(i).append("&x.pe=h:1");
        text.append("&so=1").append(",2".repeat(299));
        MagnetLink link = MagnetLink.parse(text.toString());
        assertEquals(256, link.trackers().size());
        assertEquals(256, link.webSeeds().size());
        assertEquals(256, link.peers().size());
        assertEquals(256, link.selectedFiles().size());
        assertEquals(link, MagnetLink.parse(link.toString()));
    }

    @Test
    void aLinkOf64KibIsReadAndALongerOneRefused() throws MetainfoException {
        String longest = BTIH + "&dn=" + "x".repeat(MagnetLink.MAX_LENGTH - BTIH.length() - 4);
        assertEquals(MagnetLink.MAX_LENGTH, MagnetLink.parse(longest).toString().length());
        assertEquals("it is longer than 65536 characters", refusal(longest + "x"));
    }

    @Test
    void aLinkThatEscapesWouldMakeLongerThan64KibIsRefused() throws MetainfoException {
        int most = (MagnetLink.MAX_LENGTH - BTIH.length() - 4) / 9;
        MagnetLink link = MagnetLink.parse(BTIH + "&dn=" + "漢".repeat(most));
        assertEquals(link, MagnetLink.parse(link.toString()));
        assertEquals(
                "with all escapes it is longer than 65536 characters", refusal(BTIH + "&dn=" + "漢".repeat(most + 1)));
    }

    @Test
    void aTorrentHasALink() throws MetainfoException {
        Metainfo torrent = Metainfo.read(encode(Torrents.hybrid("a repo", PIECE, file("a", 3), file("b", 4))
                .put("announce-list", list(list("http://a", "http://b"), list("http://a", "http://c")))
                .put("url-list", "http://w/")));
        MagnetLink link = MagnetLink.of(torrent);
        assertEquals(torrent.infoHash(), link.infoHash());
        assertEquals("a repo", link.name());
        assertEquals(7, link.size());
        assertEquals(List.of("http://a", "http://b", "http://c"), link.trackers());
        assertEquals(List.of("http://w/"), link.webSeeds());
        assertEquals(link, MagnetLink.parse(link.toString()));
    }

    @Test
    void sizesBelowMinusOneAreNone() {
        InfoHash hash = new InfoHash(Hash.ofHex(V1), null);
        assertThrows(
                IllegalArgumentException.class,
                () -> new MagnetLink(hash, null, -2, List.of(), List.of(), List.of(), List.of()));
    }

    @Test
    void everyAsciiCharacterComesBack() throws MetainfoException {
        StringBuilder all = new StringBuilder();
        for (char c = 0; c < 300; c++) all.append(c);
        InfoHash hash = new InfoHash(null, Hash.ofHex(V2));
        MagnetLink link =
                new MagnetLink(hash, all.toString(), 0, List.of(all.toString()), List.of(), List.of(), List.of());
        assertEquals(link, MagnetLink.parse(link.toString()));
        assertTrue(link.toString().chars().allMatch(c -> c > 0x20 && c < 0x7f));
    }

    private static String refusal(String link) {
        return String.valueOf(assertThrows(MetainfoException.class, () -> MagnetLink.parse(link))
                .getMessage());
    }
}
