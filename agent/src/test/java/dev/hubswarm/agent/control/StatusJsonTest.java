package dev.hubswarm.agent.control;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.agent.control.TransferStatus.SourceShare;
import dev.hubswarm.p2pengine.transfer.TransferSnapshot;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StatusJsonTest {
    private static final TransferSnapshot PROGRESS =
            new TransferSnapshot(new PieceGeometry(10 << 18, 1 << 20), bits(0, 1), false, 1 << 20, 1 << 20, 2);

    private static final AgentStatus STATUS = new AgentStatus(
            "1.2.3",
            7,
            Duration.ofSeconds(9),
            Path.of("home"),
            null,
            List.of("wget"),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 6881),
            null,
            List.of(),
            false,
            0,
            0,
            List.of(transfer("org/open", true), transfer("org/secret", false)),
            List.of());

    private static BitSet bits(int... set) {
        BitSet bits = new BitSet();
        for (int bit : set) bits.set(bit);
        return bits;
    }

    private static TransferStatus transfer(String repo, boolean isPublic) {
        List<SourceShare> sources = List.of(new SourceShare("hub", 7, 1.5));
        return new TransferStatus(repo, "model.bin", "d-" + repo, 10 << 18, isPublic, PROGRESS, sources);
    }

    private static String told(boolean isOwner) {
        return new String(StatusJson.of(STATUS, isOwner), StandardCharsets.UTF_8);
    }

    @Test
    void theOwnerIsToldOfAllTransfers() {
        String told = told(true);
        assertTrue(told.contains("org/open") && told.contains("org/secret"), told);
    }

    @Test
    void othersOnThisMachineAreNotToldOfPrivateFiles() {
        String told = told(false);
        assertTrue(told.contains("org/open"), told);
        assertTrue(told.contains("\"pieces\":\"c0\",\"sources\":[{\"name\":\"hub\",\"bytes\":7,"), told);
        assertFalse(told.contains("org/secret"), told);
        assertFalse(told.contains("d-org/secret"), told);
    }

    @Test
    void figuresHaveNoNames() {
        assertFalse(AgentMetrics.of(STATUS).contains("org/"));
    }
}
