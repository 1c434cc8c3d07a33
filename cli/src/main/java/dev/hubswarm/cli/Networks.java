package dev.hubswarm.cli;

import dev.hubswarm.trackerserver.server.Cidr;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Networks as people write them: 10.0.0.0/8, fd00::/8, 127.0.0.1. Stateless. */
final class Networks implements ITypeConverter<Cidr> {
    @Override
    public Cidr convert(String text) {
        @Nullable Cidr network = Cidr.parse(text);
        if (network == null)
            throw new TypeConversionException("'" + text + "' is no network, such as 10.0.0.0/8 or 127.0.0.1");
        return network;
    }
}
