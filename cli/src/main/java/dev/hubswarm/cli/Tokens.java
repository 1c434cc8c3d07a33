package dev.hubswarm.cli;

import dev.hubswarm.base.Redacted;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Tokens that the user gives. Stateless. */
final class Tokens implements ITypeConverter<Redacted> {
    /** Those of RFC 6750 section 2.1 but the slash, since a token may stand in a path. */
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+=-]+");

    /** Does not repeat what may be a secret. */
    @Override
    public Redacted convert(String text) {
        if (!TOKEN.matcher(text).matches())
            throw new TypeConversionException("a token has letters, digits and ._~+=- only, and at least one of them");
        return new Redacted(text);
    }
}
