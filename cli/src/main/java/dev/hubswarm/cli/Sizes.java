package dev.hubswarm.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Amounts of bytes as people write and read them. Stateless. */
final class Sizes implements ITypeConverter<Long> {
    private static final String UNITS = "KMGTP";

    /** Reads 4MiB, 4M, 4194304 or 4MB, which is 4,000,000. */
    @Override
    public Long convert(String text) {
        String number = text.trim().toUpperCase(Locale.ROOT);
        boolean decimal =
                number.length() > 2 && number.endsWith("B") && UNITS.indexOf(number.charAt(number.length() - 2)) >= 0;
        if (number.endsWith("IB")) number = number.substring(0, number.length() - 2);
        else if (number.endsWith("B")) number = number.substring(0, number.length() - 1);
        int unit = number.isEmpty() ? -1 : UNITS.indexOf(number.charAt(number.length() - 1));
        if (unit >= 0) number = number.substring(0, number.length() - 1);
        try {
            long value = Long.parseLong(number);
            if (value < 0) throw new NumberFormatException(text);
            for (int i = 0; i <= unit; i++) value = Math.multiplyExact(value, decimal ? 1000L : 1024L);
            return value;
        } catch (NumberFormatException | ArithmeticException e) {
            throw new TypeConversionException("'" + text + "' is not a size; write 4MiB or 4194304");
        }
    }

    /** Writes three significant digits and a binary unit. */
    static String format(long bytes) {
        if (bytes < 1024) return bytes + " B";
        double value = (double) bytes;
        int unit = -1;
        while (value >= 999.5 && unit < UNITS.length() - 1) {
            value /= 1024;
            unit++;
        }
        String digits = value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f";
        return String.format(Locale.ROOT, digits + " %siB", value, UNITS.charAt(unit));
    }
}
