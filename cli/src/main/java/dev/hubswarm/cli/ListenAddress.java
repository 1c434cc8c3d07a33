package dev.hubswarm.cli;

import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Where to listen, as people write it: 127.0.0.1:8472, [::1]:8472, localhost:0. Stateless. */
final class ListenAddress implements ITypeConverter<InetSocketAddress> {
    private static final Pattern HOST_AND_PORT =
            Pattern.compile("(?:\\[([0-9a-fA-F:.%]+)]|([^:\\[\\]]+)):([0-9]{1,5})");
    private static final int MAX_PORT = 65_535;

    @Override
    public InetSocketAddress convert(String text) {
        InetSocketAddress named = named(text);
        InetSocketAddress address = new InetSocketAddress(named.getHostString(), named.getPort());
        if (address.isUnresolved())
            throw new TypeConversionException("the host " + named.getHostString() + " is not known here");
        return address;
    }

    /** Without asking who that is. */
    static InetSocketAddress named(String text) {
        Matcher parts = HOST_AND_PORT.matcher(text);
        if (!parts.matches() || Integer.parseInt(parts.group(3)) > MAX_PORT)
            throw new TypeConversionException("'" + text + "' is not HOST:PORT, such as 127.0.0.1:8472 or [::]:8472");
        String host = parts.group(1) == null ? parts.group(2) : parts.group(1);
        return InetSocketAddress.createUnresolved(host, Integer.parseInt(parts.group(3)));
    }
}
