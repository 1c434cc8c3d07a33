package dev.hubswarm.trackerclient.contact;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

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

    private static final Pattern V4_LITERAL = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");

    /** False if the host is an address of another family. */
    boolean mayReach(String host) {
        if (host.indexOf(':') >= 0) return this != V4;
        return this != V6 || !V4_LITERAL.matcher(host).matches();
    }

    /** Blocks until the host's name is looked up. */
    public List<InetAddress> lookup(String host) throws UnknownHostException {
        return among(Arrays.asList(InetAddress.getAllByName(host)));
    }

    /** Those of this family. */
    List<InetAddress> among(List<InetAddress> all) throws UnknownHostException {
        List<InetAddress> some = all.stream().filter(this::has).toList();
        if (some.isEmpty()) throw new Absent(this);
        return some;
    }

    private boolean has(InetAddress address) {
        return this == ANY || (this == V4) == (address instanceof Inet4Address);
    }
}
