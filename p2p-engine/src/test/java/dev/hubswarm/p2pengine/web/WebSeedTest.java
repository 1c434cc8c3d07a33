package dev.hubswarm.p2pengine.web;

import static dev.hubswarm.p2pengine.testing.HandLoop.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.store.PieceHashes;
import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.p2pengine.store.Sample;
import dev.hubswarm.p2pengine.testing.HandLoop;
import dev.hubswarm.p2pengine.testing.MemoryStore;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.p2pengine.transfer.Run;
import dev.hubswarm.p2pengine.transfer.Source;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.p2pengine.transfer.TransferListener;
import dev.hubswarm.p2pengine.web.FakeServers.Reply;
import dev.hubswarm.protocol.announce.PeerAddress.Scope;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.SeededBytes;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WebSeedTest {
    private static final int PIECE = 128 << 10;
    private static final String LINK = "http://web.example/weights";

    @TempDir
    Path temporary;

    private final HandLoop loop = new HandLoop();
    private final FakeServers servers = new FakeServers(loop);
    private final List<String> closed = new ArrayList<>();
    private byte[] bytes = SeededBytes.of(4, 3_000_000);
    private boolean hasHashes = true;
    private @Nullable Transfer transfer;
    private @Nullable MemoryStore store;

    private Transfer transfer(PieceSpace space) {
        Transfer made = new Transfer(
                loop, space, news -> store = new MemoryStore(loop, space, bytes, hasHashes, news), new Random(1));
        transfer = made;
        return made;
    }

    private WebSeed seed(Metainfo torrent, String link) {
        WebLinks links = Objects.requireNonNull(WebLinks.of(torrent, link));
        return seed(links, Scope.LOOPBACK);
    }

    private WebSeed seed(WebLinks links, Scope nearest) {
        Transfer into = transfer == null ? transfer(links.space()) : transfer;
        return new WebSeed(loop, into, links, nearest, servers, new Random(2), (seed, why) -> closed.add(why));
    }

    /** Of one file, at {@link #LINK}. */
    private WebSeed seed() {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V2, PIECE, 3_000_000);
        bytes = torrent.bytes();
        servers.files.put(LINK, bytes);
        return seed(torrent.metainfo(), LINK);
    }

    private Transfer transfer() {
        return Objects.requireNonNull(transfer);
    }

    private void finish() {
        for (int i = 0; i < 600 && !transfer().isComplete(); i++) loop.advance(SECOND);
        assertTrue(transfer().isComplete(), () -> "it has only " + transfer().verified() + ", asked " + servers.asked);
        assertTrue(Objects.requireNonNull(store).isWhole());
    }

    @AfterEach
    void nothingIsForgotten() {
        if (transfer == null) return;
        transfer.checkInvariants();
        transfer.close(() -> {});
        loop.turn();
        assertEquals(0, servers.open, "connections that nobody closed");
        assertEquals(0, transfer.snapshot().sources());
    }

    @Test
    void rangesGrowAndFollowEachOtherOnOneConnection() {
        seed();
        finish();
        assertEquals(1, servers.dialled);
        long next = 0;
        long longest = 0;
        for (String asked : servers.asked) {
            String[] range = asked.substring(asked.indexOf(' ') + 1).split("-", -1);
            assertEquals(next, Long.parseLong(range[0]));
            longest = Math.max(longest, Long.parseLong(range[1]) - next);
            next = Long.parseLong(range[1]);
        }
        assertEquals(bytes.length, next);
        // Some seconds' worth of a megabyte a second.
        assertTrue(longest > 1_000_000, () -> servers.asked.toString());
        assertTrue(servers.asked.size() < 6, () -> servers.asked.toString());
    }

    @Test
    void aSlowServerIsAskedForLittle() {
        servers.bytesPerSecond = 20_000;
        seed();
        loop.advance(60 * SECOND);
        String last = servers.asked.get(servers.asked.size() - 1);
        String[] range = last.substring(last.indexOf(' ') + 1).split("-", -1);
        assertTrue(Long.parseLong(range[1]) - Long.parseLong(range[0]) <= 128 << 10, last);
    }

    @Test
    void theNextRangeIsAskedForBeforeTheOneBeforeHasCome() {
        seed();
        loop.advance(SECOND * 4 / 10);
        assertEquals(2, servers.asked.size(), () -> servers.asked.toString());
    }

    /** Names that need escapes; a folder; padding. */
    @ParameterizedTest
    @EnumSource(TorrentVersion.class)
    void aFolderIsFetchedFileByFile(TorrentVersion version) throws Exception {
        Path folder = temporary.resolve("a model");
        SeededBytes.write(folder.resolve("sub/größe 1%.bin"), 1, 300_000);
        SeededBytes.write(folder.resolve("b"), 2, 5);
        SeededBytes.write(folder.resolve("c?#"), 3, 2 * PIECE);
        Sample sample = Sample.of(folder, version, PIECE);
        bytes = sample.bytes();
        String base = "http://web.example/files/a%20model/";
        for (FileEntry file : sample.torrent().files()) {
            if (file.padding()) continue;
            String path = file.displayPath()
                    .replace("%", "%25")
                    .replace("ö", "%C3%B6")
                    .replace("ß", "%C3%9F")
                    .replace(" ", "%20")
                    .replace("?", "%3F")
                    .replace("#", "%23");
            int from = (int) file.offset();
            servers.files.put(base + path, Arrays.copyOfRange(bytes, from, from + (int) file.length()));
        }
        seed(sample.torrent(), "http://web.example/files/");
        finish();
        assertEquals(List.of(), closed);
        assertEquals(
                3,
                servers.files.keySet().stream()
                        .filter(link -> servers.asked.stream().anyMatch(asked -> asked.startsWith(link + " ")))
                        .count());
    }

    @Test
    void aWholeFileInsteadOfARangeIsTaken() {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V1, PIECE, 400_000);
        bytes = torrent.bytes();
        servers.odd.add(Reply.range(200, null, bytes));
        seed(torrent.metainfo(), LINK);
        finish();
        assertEquals(List.of(LINK + " 0-400000"), servers.asked);
    }

    @Test
    void aServerThatKnowsNoRangesIsReadOnFromTheBeginning() {
        servers.knowsRanges = false;
        seed();
        finish();
        assertEquals(1, servers.asked.size());
        assertEquals(bytes.length, servers.sent);
    }

    @Test
    void aServerThatKnowsNoRangesWaitsForASlowDisk() {
        servers.knowsRanges = false;
        WebSeed seed = seed();
        MemoryStore disk = Objects.requireNonNull(store);
        servers.bytesPerSecond = 300_000;
        for (int i = 0; i < 6; i++) {
            disk.room = 2;
            // Long enough that it is asked for room.
            loop.advance(SECOND * 3 / 2);
            disk.room = 0;
            loop.advance(20 * SECOND);
        }
        disk.room = 2;
        finish();
        assertEquals(1, servers.asked.size(), () -> servers.asked.toString());
        assertEquals(bytes.length, seed.received());
    }

    @Test
    void ofAServerThatKnowsNoRangesEachFileIsAskedForOnce() throws Exception {
        servers.knowsRanges = false;
        Path folder = temporary.resolve("model");
        SeededBytes.write(folder.resolve("a"), 1, 1_300_000);
        SeededBytes.write(folder.resolve("b"), 2, 5);
        SeededBytes.write(folder.resolve("c"), 3, 300_000);
        Sample sample = Sample.of(folder, TorrentVersion.HYBRID, PIECE);
        bytes = sample.bytes();
        for (FileEntry file : sample.torrent().files()) {
            int from = (int) file.offset();
            byte[] content = Arrays.copyOfRange(bytes, from, from + (int) file.length());
            servers.files.put("http://web.example/model/" + file.displayPath(), content);
        }
        seed(sample.torrent(), "http://web.example");
        finish();
        assertEquals(3, servers.asked.size(), () -> servers.asked.toString());
    }

    /** Such as one behind which there are several. */
    @Test
    void aServerMayForgetItsRanges() {
        seed();
        loop.advance(SECOND);
        assertFalse(transfer().isComplete());
        servers.knowsRanges = false;
        finish();
        assertEquals(List.of(), closed);
        assertTrue(servers.dialled <= 3, () -> servers.asked.toString());
    }

    @Test
    void whatIsHereIsThrownAwayIfTheServerKnowsNoRangesAndNobodyElseHasWhatFollows() {
        servers.knowsRanges = false;
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V2, PIECE, 3_000_000);
        bytes = torrent.bytes();
        servers.files.put(LINK, bytes);
        transfer(torrent.space());
        Peer peer = new Peer();
        BitSet all = new BitSet();
        all.set(0, transfer().geometry().pieceCount());
        transfer().joined(peer, all);
        for (int piece = 0; piece < 10; piece++) {
            peer.fetch(Objects.requireNonNull(transfer().pick(peer, piece, PIECE)));
            loop.turn();
        }
        WebSeed seed = seed(torrent.metainfo(), LINK);
        loop.advance(10 * SECOND);
        assertEquals("it knows no ranges, and others have what is missing", seed.trouble());
        assertEquals(0, seed.received());
        assertEquals(1, servers.asked.size());
        transfer().left(peer);
        finish();
        assertEquals(2, servers.asked.size(), () -> servers.asked.toString());
        assertEquals(bytes.length - 10L * PIECE, seed.received());
    }

    @Test
    void whatIsOfNoUseSaysWhy() {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V2, PIECE, 3_000_000);
        String gzip = "gzip";
        WebAnswer packed = new WebAnswer(206, 524_288, "bytes 0-524287/3000000", gzip, null, null, null);
        servers.odd.add(new Reply(packed, new byte[524_288], false));
        servers.odd.add(Reply.range(200, null, new byte[3_000_001]));
        servers.odd.add(Reply.range(206, "bytes 0-524287/3000001", new byte[524_288]));
        servers.odd.add(Reply.of(403));
        for (int i = 0; i < 4; i++) {
            seed(torrent.metainfo(), LINK);
            loop.advance(SECOND);
        }
        assertEquals(
                List.of(
                        "it sends the file packed (gzip)",
                        "its file has 3000001 bytes, not 3000000",
                        "it answered with another range, or with one of another file",
                        "it answered 403"),
                closed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes 1-524288/3000000", "bytes 0-524287/3000001", "bytes 0-9999999/3000000", "none"})
    void anotherRangeOrFileIsNotTaken(String range) {
        servers.odd.add(Reply.range(206, range, new byte[524_288]));
        seed();
        loop.advance(100 * SECOND);
        assertEquals(1, closed.size());
        assertEquals(1, servers.asked.size());
        assertEquals(0, transfer().snapshot().bytesFromOthers());
    }

    @Test
    void whatAShortAnswerLacksIsAskedFor() {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V2, PIECE, 3_000_000);
        servers.odd.add(Reply.range(206, "bytes 0-99999/3000000", Arrays.copyOfRange(torrent.bytes(), 0, 100_000)));
        seed();
        finish();
        assertTrue(servers.asked.get(1).startsWith(LINK + " 100000-"), () -> servers.asked.toString());
        assertEquals(1, servers.dialled);
    }

    @Test
    void whatWasOnItsWayWhenTheServerHungUpIsAskedForAgain() {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V2, PIECE, 3_000_000);
        WebAnswer head = new WebAnswer(206, 524_288, "bytes 0-524287/3000000", null, null, null, null);
        servers.odd.add(new Reply(head, Arrays.copyOfRange(torrent.bytes(), 0, 200_000), true));
        seed();
        finish();
        assertTrue(servers.asked.get(1).startsWith(LINK + " 200000-"), () -> servers.asked.toString());
        assertEquals(2, servers.dialled);
    }

    @Test
    void whoHasNoTimeIsLeftAloneAsLongAsItSays() {
        servers.odd.add(Reply.of(503, "Retry-After", "40"));
        seed();
        loop.advance(39 * SECOND);
        assertEquals(1, servers.asked.size());
        assertEquals(0, transfer().snapshot().sources(), "nobody waits for it");
        loop.advance(2 * SECOND);
        assertTrue(servers.asked.size() > 1);
        finish();
    }

    @Test
    void aDateIsTakenByTheServersClock() {
        servers.odd.add(
                Reply.of(429, "Retry-After", "Wed, 21 Oct 2015 07:28:30 GMT", "Date", "Wed, 21 Oct 2015 07:28:00 GMT"));
        seed();
        loop.advance(29 * SECOND);
        assertEquals(1, servers.asked.size());
        loop.advance(2 * SECOND);
        assertTrue(servers.asked.size() > 1);
    }

    @Test
    void whoFailsAgainAndAgainIsAskedMoreAndMoreSeldom() {
        for (int i = 0; i < 100; i++) servers.odd.add(Reply.of(500));
        WebSeed seed = seed();
        loop.advance(600 * SECOND);
        assertTrue(servers.asked.size() > 5 && servers.asked.size() < 14, () -> servers.asked.toString());
        assertEquals(List.of(), closed);
        assertTrue(seed.isHopeless());
        assertEquals("it answered 500", seed.trouble());
        servers.odd.clear();
        finish();
        assertFalse(seed.isHopeless());
        assertNull(seed.trouble());
    }

    @Test
    void whoIsSilentIsAskedAgainLater() {
        servers.isSilent = true;
        seed();
        loop.advance(19 * SECOND);
        assertEquals(1, transfer().snapshot().sources());
        loop.advance(3 * SECOND);
        servers.isSilent = false;
        finish();
        assertTrue(servers.dialled >= 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 404, 410, 416, 418})
    void whatIsNotThereIsAskedForOnce(int status) {
        servers.odd.add(Reply.of(status));
        seed();
        loop.advance(3600 * SECOND);
        assertEquals(1, servers.asked.size());
        assertEquals(1, closed.size());
    }

    @Test
    void oneFileThatIsNotThereSpoilsNoOther() throws Exception {
        Path folder = temporary.resolve("model");
        SeededBytes.write(folder.resolve("a"), 1, 300_000);
        SeededBytes.write(folder.resolve("b"), 2, 300_000);
        Sample sample = Sample.of(folder, TorrentVersion.HYBRID, PIECE);
        bytes = sample.bytes();
        FileEntry there = sample.torrent().files().get(2);
        int from = (int) there.offset();
        servers.files.put("http://web.example/model/b", Arrays.copyOfRange(bytes, from, from + 300_000));
        seed(sample.torrent(), "http://web.example");
        loop.advance(60 * SECOND);
        assertEquals(List.of(), closed);
        assertEquals("{3, 4, 5}", transfer().verified().toString());
        assertEquals(
                1, servers.asked.stream().filter(asked -> asked.contains("/a ")).count());
    }

    @Test
    void aRedirectIsFollowedAndRemembered() {
        servers.odd.add(Reply.of(302, "Location", "https://cdn.example/x?sig=1"));
        seed();
        servers.files.put("https://cdn.example/x?sig=1", bytes);
        finish();
        assertEquals(
                1,
                servers.asked.stream().filter(asked -> asked.startsWith(LINK)).count());
    }

    @Test
    void aLinkThatHasExpiredIsAskedForAnew() {
        servers.odd.add(Reply.of(302, "Location", "/1"));
        seed();
        servers.files.put("http://web.example/1", bytes);
        servers.files.put("http://web.example/2", bytes);
        loop.advance(SECOND);
        assertFalse(transfer().verified().isEmpty());
        servers.files.remove("http://web.example/1");
        servers.odd.add(Reply.of(403));
        servers.odd.add(Reply.of(307, "Location", "/2"));
        finish();
        assertTrue(servers.asked.stream().anyMatch(asked -> asked.startsWith("http://web.example/2")));
        assertEquals(List.of(), closed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://x.example/", "http://a:b@x.example/", "http:///", "::", "http://near.example/"})
    void noRedirectLeadsAnywhereElse(String to) {
        servers.scopes.put("near.example", Scope.PRIVATE);
        for (int i = 0; i < 10; i++) servers.odd.add(Reply.of(301, "Location", to));
        seed();
        loop.advance(3600 * SECOND);
        assertEquals(List.of(LINK + " 0-524288"), servers.asked);
        assertEquals(1, closed.size());
    }

    @Test
    void fromTlsNoRedirectLeadsOutOfIt() {
        servers.odd.add(Reply.of(301, "Location", "http://web.example/y"));
        PieceSpace space = SmallTorrent.of(TorrentVersion.V1, PIECE, 300_000).space();
        seed(WebLinks.of(space, URI.create("https://web.example/x")), Scope.GLOBAL);
        loop.advance(SECOND);
        assertEquals(1, servers.asked.size());
    }

    @Test
    void redirectsEnd() {
        for (int i = 0; i < 100; i++) servers.odd.add(Reply.of(302, "Location", "/again"));
        seed();
        loop.advance(3600 * SECOND);
        assertEquals(6, servers.asked.size());
    }

    @Test
    void whatIsTooNearIsNotCalled() {
        servers.scopes.put("web.example", Scope.PRIVATE);
        PieceSpace space = SmallTorrent.of(TorrentVersion.V1, PIECE, 300_000).space();
        seed(WebLinks.of(space, URI.create(LINK)), Scope.GLOBAL);
        loop.advance(3600 * SECOND);
        assertEquals(List.of(), servers.asked);
        assertEquals(1, closed.size());
    }

    @Test
    void whoSendsWrongBytesIsNotAskedAgain() {
        seed();
        servers.files.put(LINK, new byte[bytes.length]);
        loop.advance(3600 * SECOND);
        assertEquals(List.of("it sent wrong bytes"), closed);
        assertEquals(0, servers.open);
        assertTrue(servers.asked.size() <= 2, () -> servers.asked.toString());
    }

    /** Of a file of which nothing is known but its size. */
    private WebSeed seedOfUnknown(byte[] sent, String link) {
        servers.files.put(link, sent);
        PieceSpace space = PieceSpace.of(new PieceGeometry(bytes.length, PIECE));
        return seed(WebLinks.of(space, URI.create(link)), Scope.LOOPBACK);
    }

    @Test
    void hashesThatComeInTheMiddleFindWhatWasWrongBefore() {
        hasHashes = false;
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.V2, PIECE, bytes.length);
        bytes = torrent.bytes();
        byte[] wrong = bytes.clone();
        wrong[3 * PIECE]++;
        wrong[20 * PIECE]++;
        seedOfUnknown(wrong, LINK);
        loop.advance(2 * SECOND);
        assertEquals(0, transfer().verified().cardinality());
        transfer().attach(PieceHashes.of(torrent.metainfo()));
        loop.advance(60 * SECOND);
        assertEquals(List.of("it sent wrong bytes"), closed);
        assertFalse(transfer().verified().get(3));
        seedOfUnknown(bytes, "http://mirror.example/");
        finish();
    }

    @Test
    void withoutHashesTheDigestDecides() {
        hasHashes = false;
        List<String> news = new ArrayList<>();
        seedOfUnknown(bytes, LINK);
        transfer().listen(new TransferListener() {
            @Override
            public void here() {
                news.add("here");
            }

            @Override
            public void complete() {
                news.add("complete");
            }
        });
        loop.advance(60 * SECOND);
        assertEquals(List.of("here"), news);
        assertFalse(transfer().isComplete());
        // It is not right: what did not come from the Hub is fetched again.
        for (int piece = 0; piece < transfer().geometry().pieceCount(); piece++)
            transfer().fetchAgain(piece);
        loop.advance(60 * SECOND);
        assertEquals(List.of("here", "here"), news);
        transfer().proven();
        finish();
        assertEquals(List.of("here", "here", "complete"), news);
    }

    /** One that has all, and picks when told. */
    private final class Peer implements Source {
        @Override
        public boolean isHub() {
            return false;
        }

        @Override
        public void wake() {}

        @Override
        public void cancel(Run run) {}

        @Override
        public boolean takesLongRuns() {
            return false;
        }

        @Override
        public double bytesPerSecond() {
            return 1e9;
        }

        @Override
        public void close(String why) {
            transfer().left(this);
        }

        void fetch(Run run) {
            for (long at = run.from(); at < run.to(); at += SmallTorrent.BLOCK) {
                int length = (int) Math.min(SmallTorrent.BLOCK, run.to() - at);
                transfer()
                        .arrived(
                                this,
                                at,
                                ByteBuffer.wrap(bytes, (int) at, length).slice());
            }
        }
    }

    @Test
    void whatOthersTakeOverIsNotWaitedFor() {
        servers.bytesPerSecond = 30_000;
        seed();
        Peer peer = new Peer();
        BitSet all = new BitSet();
        all.set(0, transfer().geometry().pieceCount());
        transfer().joined(peer, all);
        loop.advance(3 * SECOND);
        for (int i = 0; i < 100 && !transfer().isComplete(); i++) {
            Run run = transfer().pick(peer, 1 << 20);
            if (run != null) peer.fetch(run);
            else loop.advance(SECOND / 10);
            transfer().checkInvariants();
        }
        finish();
        loop.advance(40 * SECOND);
        assertEquals(0, servers.open);
        assertTrue(servers.sent < 200_000, () -> "read on to " + servers.sent);
    }
}
