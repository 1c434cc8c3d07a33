package dev.hubswarm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.cli.SourceShares.Share;
import dev.hubswarm.p2pengine.peer.PeerSnapshot;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.Metainfo;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

/** What is shown of a torrent, and what that is reckoned from. */
final class TorrentViewTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int SIZE = 40_000;

    private final StringWriter text = new StringWriter();

    private TorrentView view(ProgressLine.Style style, int width) {
        return new TorrentView(new PrintWriter(text), style, width, SECOND);
    }

    private static WantedPieces pieces() throws Exception {
        String torrent =
                "d4:infod6:lengthi" + SIZE + "e4:name1:n12:piece lengthi16384e6:pieces60:" + "h".repeat(60) + "ee";
        return new WantedPieces(Metainfo.read(torrent.getBytes(StandardCharsets.US_ASCII)), file -> true);
    }

    private static TorrentStatus status(TorrentStatus.Stage stage, String name, int peers, String client)
            throws Exception {
        BitSet verified = new BitSet();
        verified.set(0);
        verified.set(2);
        PeerAddress address = PeerAddress.v4(0x7f000001, 6881);
        PeerSnapshot peer = new PeerSnapshot(address, client, true, 3, 1000, 0, 20_000, 0, true, false, false, true);
        return new TorrentStatus(
                stage,
                name,
                verified,
                pieces(),
                23_616,
                0,
                Collections.nCopies(peers, peer),
                9,
                List.of(),
                Map.of("http://web", 1L));
    }

    @Test
    void aTerminalShowsPiecesRatesAndPeers() throws Exception {
        try (TorrentView view = view(ProgressLine.Style.BAR, 120)) {
            view.show(status(TorrentStatus.Stage.DOWNLOADING, "model.bin", 7, "libtorrent/2.0"), 2 * SECOND);
        }
        String drawn = text.toString();
        for (String part : List.of(
                "model.bin\n",
                "59 %  23.1 KiB of 39.1 KiB  down 23.1 KiB/s  0:01 left",
                "7 peers of 9 known, 1 web server",
                "[#.#]",
                "127.0.0.1:6881",
                "84 %",
                "libtorrent/2.0",
                "and 2 more")) {
            assertTrue(drawn.contains(part), part + " is not in " + drawn);
        }
        assertTrue(drawn.endsWith("\r\u001b[9A\u001b[J"), "nothing is left of it");
    }

    @Test
    void linesFitTheTerminalAndNobodyElseWritesToIt() throws Exception {
        for (int width : new int[] {20, 40, 80, 200}) {
            try (TorrentView view = view(ProgressLine.Style.BAR, width)) {
                view.show(status(TorrentStatus.Stage.SEEDING, "a".repeat(300), 2, "\u001b[2Jclient"), 2 * SECOND);
            }
            String drawn = text.toString();
            assertFalse(drawn.contains("\u001b[2J"), drawn);
            drawn.replaceAll("\u001b\\[[?0-9]*[A-Za-z]|\r", "")
                    .lines()
                    .forEach(line -> assertTrue(line.length() < width, line));
            text.getBuffer().setLength(0);
        }
    }

    @Test
    void aNarrowTerminalShowsHowMuchHowFastAndHowLong() throws Exception {
        try (TorrentView view = view(ProgressLine.Style.BAR, 60)) {
            view.show(status(TorrentStatus.Stage.DOWNLOADING, "a".repeat(64), 2, "client"), 2 * SECOND);
        }
        assertTrue(text.toString().contains("59 %  23.1 KiB of 39.1 KiB  down 23.1 KiB/s  0:01 left"), text::toString);
    }

    @Test
    void aSteadySpeedIsKnownAtOnceAndAStopSoon() {
        Speed speed = new Speed();
        long now = SECOND;
        for (; now < 3 * SECOND; now += SECOND / 5) assertEquals(0, speed.at(now));
        for (int i = 0; i < 20; i++, now += SECOND / 5) {
            speed.add(100);
            assertEquals(500, speed.at(now), 1);
        }
        assertTrue(speed.at(now + 10 * SECOND) < 50);
    }

    @Test
    void whileItSeedsALogGetsALineAMinute() throws Exception {
        TorrentStatus status = status(TorrentStatus.Stage.SEEDING, "a", 1, "");
        try (TorrentView view = view(ProgressLine.Style.LINES, 80)) {
            for (int second = 1; second <= 181; second++) view.show(status, second * SECOND);
        }
        assertEquals(3, text.toString().lines().count(), text.toString());
    }

    @Test
    void pipedThereIsAPlainLineEveryFiveSecondsAndInJsonEverySecond() throws Exception {
        TorrentStatus status = status(TorrentStatus.Stage.METADATA, "a magnet", 0, "");
        for (ProgressLine.Style style : List.of(ProgressLine.Style.LINES, ProgressLine.Style.JSON)) {
            try (TorrentView view = view(style, 80)) {
                for (int tenth = 10; tenth <= 120; tenth++) view.show(status, tenth * SECOND / 10);
            }
            int expected = style == ProgressLine.Style.JSON ? 11 : 2;
            assertEquals(expected, text.toString().lines().count(), text.toString());
            text.getBuffer().setLength(0);
        }
    }

    private static PeerSnapshot received(int host, String client, long bytes) {
        PeerAddress address = PeerAddress.v4(host, 6881);
        return new PeerSnapshot(address, client, true, 3, 0, 0, bytes, 0, false, false, false, false);
    }

    private static Share share(PeerSnapshot peer, long bytes) {
        return new Share(peer.address().toString(), peer.client(), bytes);
    }

    @Test
    void aSourceThatComesBackKeepsWhatItSentBefore() {
        SourceShares shares = new SourceShares();
        PeerSnapshot one = received(1, "one/1", 500);
        PeerSnapshot other = received(2, "two/2", 7);
        shares.ended(received(1, "one/1", 0));
        assertEquals(List.of(), shares.with(List.of()));
        assertEquals(List.of(share(one, 500)), shares.with(List.of(one)));
        shares.ended(one);
        assertEquals(List.of(share(one, 500)), shares.with(List.of()));
        assertEquals(List.of(share(one, 1000), share(other, 7)), shares.with(List.of(one, other)));
    }

    @Test
    void aSeedGoalIsARatioOrATime() {
        SeedGoal.Converter read = new SeedGoal.Converter();
        assertTrue(read.convert("1.5").isReached(150, 100, 0));
        assertFalse(read.convert("1.5").isReached(149, 100, 1e9));
        assertTrue(read.convert("2h").isReached(0, 100, 7200));
        assertFalse(read.convert("2h").isReached(1000, 100, 7199));
        assertFalse(read.convert("forever").isReached(Long.MAX_VALUE, 1, 1e12));
        for (String wrong : List.of("", "2w", "-1", "1e3", "h", "1.5.1")) {
            assertThrows(TypeConversionException.class, () -> read.convert(wrong), wrong);
        }
    }
}
