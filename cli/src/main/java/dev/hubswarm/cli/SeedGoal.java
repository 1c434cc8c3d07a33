package dev.hubswarm.cli;

import java.util.Map;
import java.util.Stack;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * How long to seed. Immutable.
 *
 * @param ratio how many times the torrent's size is to be sent
 */
record SeedGoal(double ratio, double seconds) {
    private static final String FOREVER = "forever";
    private static final Pattern FORM = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)([smhd]?)");
    private static final Map<String, Integer> SECONDS = Map.of("s", 1, "m", 60, "h", 3600, "d", 86_400);

    boolean isReached(long sent, long size, double spentSeconds) {
        return spentSeconds >= seconds || sent >= ratio * size;
    }

    /** Reads 2, 1.5, 90s, 30m, 2h, 7d. Stateless. */
    static final class Converter implements ITypeConverter<SeedGoal> {
        @Override
        public SeedGoal convert(String text) {
            if (text.equals(FOREVER)) return new SeedGoal(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
            Matcher parts = FORM.matcher(text);
            if (!parts.matches())
                throw new TypeConversionException(
                        "'" + text + "' is neither a ratio, such as 1.5, nor a time, such as 2h");
            double number = Double.parseDouble(parts.group(1));
            Integer unit = SECONDS.get(parts.group(2));
            return unit == null
                    ? new SeedGoal(number, Double.POSITIVE_INFINITY)
                    : new SeedGoal(Double.POSITIVE_INFINITY, number * unit);
        }
    }

    /** Takes only what is written with an equals sign for the option's own: in {@code --seed F}, F is the torrent. */
    static final class Attached implements IParameterPreprocessor {
        @Override
        @SuppressWarnings("JdkObsolete") // picocli's choice.
        public boolean preprocess(Stack<String> args, CommandSpec command, ArgSpec option, Map<String, Object> info) {
            if (!"=".equals(info.get("separator"))) args.push(FOREVER);
            return false;
        }
    }
}
