package dev.hubswarm.protocol.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Bencoding the simple way, to compare the real one with: trees of {@code Long}, {@code byte[]}, {@code List} and {@link
 * Dict}. Stateless.
 */
public final class Bencoding {
    private static final int MAX_DEPTH = 100;

    /** Written as it is. */
    public record Raw(String bencoded) {}

    /** The input is not canonical bencoding. */
    public static final class NotCanonical extends Exception {
        private static final long serialVersionUID = 1;

        NotCanonical(String what) {
            super(what);
        }
    }

    private Bencoding() {}

    public static byte[] bytes(Object string) {
        return string instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : (byte[]) string;
    }

    /** Bytes of Latin-1, so that "\u00ff" is one byte. */
    public static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    public static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    public static Dict dict(Object... keysAndValues) {
        Dict dict = new Dict();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            dict.append(bytes(keysAndValues[i]), keysAndValues[i + 1]);
        }
        return dict;
    }

    /** A list that can be changed. */
    public static List<Object> list(Object... values) {
        return new ArrayList<>(Arrays.asList(values));
    }

    public static byte[] encode(Object value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(value, out);
        return out.toByteArray();
    }

    private static void write(Object value, ByteArrayOutputStream out) {
        if (value instanceof Number number) {
            out.writeBytes(latin("i" + number.longValue() + "e"));
        } else if (value instanceof String || value instanceof byte[]) {
            byte[] bytes = bytes(value);
            out.writeBytes(latin(bytes.length + ":"));
            out.writeBytes(bytes);
        } else if (value instanceof List<?> list) {
            out.write('l');
            for (Object element : list) write(element, out);
            out.write('e');
        } else if (value instanceof Dict dict) {
            out.write('d');
            for (Dict.Entry entry : dict.entries()) {
                write(entry.key, out);
                write(entry.value, out);
            }
            out.write('e');
        } else if (value instanceof Raw raw) {
            out.writeBytes(latin(raw.bencoded));
        } else {
            throw new IllegalArgumentException("no bencoding for " + value);
        }
    }

    /** Reads the one value that all of {@code in} is. */
    public static Object decode(byte[] in) throws NotCanonical {
        Decoder decoder = new Decoder(in);
        Object value = decoder.value(0);
        if (decoder.at != in.length) throw new NotCanonical("there is more");
        return value;
    }

    private static final class Decoder {
        private final byte[] in;
        private int at;

        Decoder(byte[] in) {
            this.in = in;
        }

        Object value(int depth) throws NotCanonical {
            char tag = peek();
            if (tag == 'i') {
                at++;
                return integer(upTo('e'));
            }
            if (tag == 'l' || tag == 'd') {
                if (depth == MAX_DEPTH) throw new NotCanonical("too deep");
                at++;
                Object container = tag == 'l' ? list(depth + 1) : dict(depth + 1);
                at++;
                return container;
            }
            return string();
        }

        private List<Object> list(int depth) throws NotCanonical {
            List<Object> list = new ArrayList<>();
            while (peek() != 'e') list.add(value(depth));
            return list;
        }

        private Dict dict(int depth) throws NotCanonical {
            Dict dict = new Dict();
            byte[] last = null;
            while (peek() != 'e') {
                byte[] key = string();
                if (last != null && Arrays.compareUnsigned(last, key) >= 0) throw new NotCanonical("unsorted");
                dict.append(key, value(depth));
                last = key;
            }
            return dict;
        }

        private byte[] string() throws NotCanonical {
            long length = integer(upTo(':'));
            if (length < 0 || length > in.length - at) throw new NotCanonical("no such length");
            at += (int) length;
            return Arrays.copyOfRange(in, at - (int) length, at);
        }

        private long integer(String digits) throws NotCanonical {
            try {
                long value = Long.parseLong(digits);
                // Whatever is not written as Java writes it is not canonical: +1, 01, -0.
                if (Long.toString(value).equals(digits)) return value;
            } catch (NumberFormatException e) {
                throw new NotCanonical("no number: " + e.getMessage());
            }
            throw new NotCanonical("not shortest");
        }

        private String upTo(char end) throws NotCanonical {
            int from = at;
            while (peek() != end) {
                at++;
                if (at - from > 20) throw new NotCanonical("a number of more than 20 digits");
            }
            at++;
            return new String(in, from, at - 1 - from, StandardCharsets.ISO_8859_1);
        }

        private char peek() throws NotCanonical {
            if (at == in.length) throw new NotCanonical("the end");
            return (char) (in[at] & 0xff);
        }
    }
}
