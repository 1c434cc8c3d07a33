package dev.hubswarm.trackerclient.contact;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/** Addresses of which kind to reach a server by. */
public enum Family {
    ANY,
    V4,
    V6;

    /** Thrown, for a host that exists, if it has no such address. */
    public static final class Absent extends UnknownHostException {
        private static final long serialVersionUID = 1;

        Absent(Family family) {
            super("the tracker has no address of the family " + family);
        }
    }

    /** Blocks until the host's name is looked up. */
    public List<InetAddress> lookup(String host) throws UnknownHostException {
        List<InetAddress> all = Arrays.asList(InetAddress.getAllByName(host));
        List<InetAddress> some = all.stream().filter(this::has).toList();
        if (some.isEmpty()) throw new Absent(this);
        return some;
    }

    private boolean has(InetAddress address) {
        return this == ANY || (this == V4) == (address instanceof Inet4Address);
    }
}
