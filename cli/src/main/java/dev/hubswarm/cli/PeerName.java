package dev.hubswarm.cli;

import java.net.InetSocketAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Where a peer listens, as people write it; who that is was not asked yet. Stateless. */
final class PeerName implements ITypeConverter<InetSocketAddress> {
    @Override
    public InetSocketAddress convert(String text) {
        InetSocketAddress named = ListenAddress.named(text);
        if (named.getPort() == 0) throw new TypeConversionException("port 0 is nobody's. Use the peer's");
        return named;
    }
}
