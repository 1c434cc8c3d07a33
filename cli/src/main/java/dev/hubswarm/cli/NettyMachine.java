package dev.hubswarm.cli;

/** What Netty calls this machine, unseen by anybody. Stateless. */
final class NettyMachine {
    private static final String PROPERTY = "io.netty.machineId";

    private NettyMachine() {}

    /** Before Netty is used: it would look at all network cards, and warn if none has an address to take. */
    static void name() {
        if (System.getProperty(PROPERTY) == null) System.setProperty(PROPERTY, "02:00:00:00:00:00");
    }
}
