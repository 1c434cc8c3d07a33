package dev.hubswarm.hub.origin;

import java.util.Locale;

/** Whether a host is this machine, by its name alone. Stateless. */
final class Loopback {
    private Loopback() {}

    static boolean is(String host) {
        String name = host.toLowerCase(Locale.ROOT);

        return name.equals("localhost") || name.equals("::1") || name.matches("127(\\.[0-9]{1,3}){3}");
    }
}
