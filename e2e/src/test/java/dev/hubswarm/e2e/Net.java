package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A network of its own, with addresses that are not loopback's, which some programs would not connect to. Making it
 * takes root: without, the calling test fails where CI is set. Immutable.
 */
record Net(Process holder) implements AutoCloseable {
    private static final String MAKE = "ip link set lo up && " + addAddress(1) + " && " + addAddress(2) + " && "
            + addAddress(3) + " && echo ready && exec sleep 1000";

    static Net make() throws IOException {
        Process holder = new ProcessBuilder("unshare", "--net", "sh", "-c", MAKE)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!"ready".equals(holder.inputReader(StandardCharsets.UTF_8).readLine())) {
            String why = "Cannot make a network here; that takes root, unshare and ip.";
            if ("true".equals(System.getenv("CI"))) fail(why);
            abort(why);
        }
        return new Net(holder);
    }

    /** One of its hosts, of which there are three at first. */
    static String address(boolean v6, int number) {
        return v6 ? "fd77::" + number : "10.77.0." + number;
    }

    /** A command for a shell inside that gives it another host. */
    static String addAddress(int number) {
        return "ip addr add " + address(false, number) + "/32 dev lo && ip addr add " + address(true, number)
                + "/128 dev lo nodad";
    }

    /** What to put in front of a command to run it there. */
    List<String> inside() {
        return List.of("nsenter", "--net=/proc/" + holder.pid() + "/ns/net");
    }

    List<String> inside(List<String> command) {
        List<String> all = new ArrayList<>(inside());
        all.addAll(command);
        return all;
    }

    @Override
    public void close() {
        holder.destroy();
    }
}
