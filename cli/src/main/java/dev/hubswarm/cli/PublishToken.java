package dev.hubswarm.cli;

import dev.hubswarm.base.Redacted;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Who publishes with which token. Immutable. */
record PublishToken(String name, Redacted token) {
    /** Reads NAME=T, and does not repeat what may be a secret. Stateless. */
    static final class Converter implements ITypeConverter<PublishToken> {
        private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

        @Override
        public PublishToken convert(String text) {
            int end = text.indexOf('=');
            if (end < 0 || !NAME.matcher(text.substring(0, end)).matches())
                throw new TypeConversionException("write NAME=TOKEN, the name of letters, digits and ._- only");
            return new PublishToken(text.substring(0, end), new Tokens().convert(text.substring(end + 1)));
        }
    }
}
