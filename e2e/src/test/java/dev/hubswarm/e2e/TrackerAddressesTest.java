package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A tracker on all addresses of a host that has several. */
@Tag("e2e")
final class TrackerAddressesTest {
    private static final int PORT = 8472;

    @ParameterizedTest
    @CsvSource({"0.0.0.0, false", "[::], false", "[::], true"})
    void datagramsAreAnsweredFromTheAddressThatWasAsked(String listen, boolean v6, @TempDir Path folder)
            throws Exception {
        try (Net net = Net.make();
                RunningTracker tracker = RunningTracker.start(
                        net.inside(), folder.resolve("state"), "--listen", listen + ":" + PORT, "--udp", "--open")) {
            for (int host = 1; host <= 3; host++) connect(net, v6, host, 5).exits(0);
            // Addresses that come later are found out about, not at once.
            Ran.of(net.inside(List.of("sh", "-c", Net.addAddress(4)))).exits(0);
            connect(net, v6, 4, 40).exits(0);
            assertEquals(0, tracker.stop());
        }
    }

    private static Ran connect(Net net, boolean v6, int host, int tries) throws Exception {
        return Ran.of(net.inside(List.of(
                Tools.require("python").toString(),
                "-c",
                Tools.script("udp_connect.py"),
                Net.address(v6, 2),
                Net.address(v6, host),
                String.valueOf(PORT),
                String.valueOf(tries))));
    }
}
