package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.hubswarm.p2pengine.swarm.BanList.Ban;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BanFileTest {
    private static final long SECOND = 1_000_000_000L;
    private static final PeerAddress V4 = PeerAddress.v4(0x0b00_0001, 6881);
    private static final PeerAddress V6 = new PeerAddress(0x2001_0db8_0000_0000L, 1, 6881);
    private static final PeerId ID = new PeerId(1, -2, 3);

    @TempDir
    Path folder;

    private BanList afterRestart(BanList bans, long seconds) {
        BanFile file = new BanFile(folder.resolve("bans"));
        file.write(bans.all(), 5 * SECOND, 1_000_000);
        BanList read = new BanList();
        // Another process counts time from elsewhere.
        long now = 777 * SECOND;
        for (Ban ban : file.read(now, 1_000_000 + seconds)) read.add(ban);
        return read;
    }

    @Test
    void whatWasRefusedIsRefusedAfterARestartUntilItsEnd() {
        BanList bans = new BanList();
        for (int i = 0; i < 2; i++) bans.lied(V4, ID, "it lied", 5 * SECOND);
        bans.lied(V6, null, "it sent wrong bytes", 5 * SECOND);
        bans.lied(V6.withPort(7000), null, "it lied again", 5 * SECOND);
        BanList read = afterRestart(bans, 86_399);
        assertEquals("it lied", read.reason(V4, 777 * SECOND));
        assertEquals("it lied", read.reason(ID, 777 * SECOND));
        assertEquals("it lied again", read.reason(V6.withPort(1), 777 * SECOND), "its host");
        assertNull(read.reason(V4, 778 * SECOND));
        assertNull(afterRestart(bans, 86_400).reason(V4, 777 * SECOND));
    }

    @Test
    void aClockThatWentBackMakesNoBanLonger() {
        BanList bans = new BanList();
        for (int i = 0; i < 2; i++) bans.lied(V4, null, "it lied", 5 * SECOND);
        BanList read = afterRestart(bans, -1_000_000);
        assertNull(read.reason(V4, 777 * SECOND + BanList.BAN_NANOS));
    }

    @Test
    void whatIsNoBanIsPassedOver() throws Exception {
        Path file = folder.resolve("bans");
        Files.writeString(
                file, "nonsense\n11.0.0.1:99999 9999 x\n:1 9 x\n[::1:3:4 99\n\n11.0.0.1:6881 2000000 it lied");
        List<Ban> bans = new BanFile(file).read(0, 1_999_999);
        assertEquals(List.of(new Ban(V4, "it lied", SECOND)), bans);
    }

    @Test
    void noFileAndOneThatCannotBeReadAreNoBans() throws Exception {
        assertEquals(List.of(), new BanFile(folder.resolve("none")).read(0, 0));
        Path inTheWay = Files.createDirectory(folder.resolve("folder"));
        new BanFile(inTheWay).write(List.of(new Ban(V4, "it lied", SECOND)), 0, 0);
        assertEquals(List.of(), new BanFile(inTheWay).read(0, 0));
    }
}
