package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A tracker on all addresses of a host that has several. */
@Tag("e2e")
final class TrackerAddressesTest {
    private static final int PORT = 8472;
    private static final String ALL = "[::]";
    /** Two of the intervals at which it looks, and some. */
    private static final int PATIENCE_SECONDS = 60;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"0.0.0.0, false", ALL + ", false", ALL + ", true"})
    void datagramsAreAnsweredFromTheAddressThatWasAsked(String listen, boolean v6) throws Exception {
        try (Net net = Net.make();
                RunningTracker tracker = start(net, listen)) {
            for (int host = 1; host <= 3; host++) connect(net, v6, host, 5);
            assertEquals(0, tracker.stop());
        }
    }

    @Test
    void addressesMayComeAndGo() throws Exception {
        try (Net net = Net.make();
                RunningTracker tracker = start(net, ALL)) {
            shell(net, Net.addAddress(4));
            connect(net, false, 4, PATIENCE_SECONDS);
            connect(net, true, 4, PATIENCE_SECONDS);
            String address = Net.address(true, 4);
            shell(net, "ss -Huln | grep -qF '[" + address + "]:' && ip addr del " + address + "/128 dev lo");
            shell(
                    net,
                    "for i in $(seq " + PATIENCE_SECONDS + "); do ss -Huln | grep -qF '[" + address
                            + "]:' || exit 0; sleep 1; done; exit 1");
            assertEquals(0, tracker.stop());
        }
    }

    private RunningTracker start(Net net, String listen) throws Exception {
        return RunningTracker.start(
                net.inside(), folder.resolve("state"), "--listen", listen + ":" + PORT, "--udp", "--open");
    }

    private static void shell(Net net, String command) throws Exception {
        Ran.of(net.inside(List.of("sh", "-c", command))).exits(0);
    }

    private static void connect(Net net, boolean v6, int host, int tries) throws Exception {
        Ran.of(net.inside(List.of(
                        Tools.require("python").toString(),
                        "-c",
                        Tools.script("udp_connect.py"),
                        Net.address(v6, 2),
                        Net.address(v6, host),
                        String.valueOf(PORT),
                        String.valueOf(tries))))
                .exits(0);
    }
}
