package dev.hubswarm.hub.origin;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Status and header fields of an HTTP/1.1 response (RFC 9112). Immutable.
 *
 * @param fields by lower-case name; of a name that came twice, both values joined as RFC 9110, section 5.3 has it
 */
record ResponseHead(int status, Map<String, String> fields) {
    static final int MAX_LENGTH = 1 << 16;

    /** Takes a head from the front of {@code in}, or returns null, taking nothing, until all of it is there. */
    static @Nullable ResponseHead take(ByteBuffer in) throws HttpException {
        int end = endOfHead(in);
        if (end < 0) {
            if (in.remaining() >= MAX_LENGTH) throw new HttpException("its header is longer than " + MAX_LENGTH);
            return null;
        }
        byte[] bytes = new byte[end - in.position()];
        in.get(bytes);
        String[] lines = new String(bytes, StandardCharsets.ISO_8859_1).split("\r\n", 0);
        Map<String, String> fields = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon <= 0) throw new HttpException("it sent a header line without a name");
            String name = lines[i].substring(0, colon).toLowerCase(Locale.ROOT);
            fields.merge(name, lines[i].substring(colon + 1).strip(), (a, b) -> a + ", " + b);
        }
        return new ResponseHead(status(lines[0]), Map.copyOf(fields));
    }

    private static int endOfHead(ByteBuffer in) {
        for (int i = in.position() + 3; i < in.limit(); i++) {
            if (in.get(i) == '\n' && in.get(i - 1) == '\r' && in.get(i - 2) == '\n' && in.get(i - 3) == '\r')
                return i + 1;
        }
        return -1;
    }

    private static int status(String line) throws HttpException {
        boolean http = line.startsWith("HTTP/1.") && line.length() >= 12 && line.charAt(8) == ' ';
        int status = 0;
        for (int i = 9; http && i < 12; i++) {
            int digit = line.charAt(i) - '0';
            if (digit < 0 || digit > 9) http = false;
            status = status * 10 + digit;
        }
        if (!http) throw new HttpException("it does not speak HTTP/1.1");
        return status;
    }

    @Nullable
    String field(String name) {
        return fields.get(name);
    }

    /** Returns the value of a field that is a length, or -1. */
    long length(String name) throws HttpException {
        String value = fields.get(name);
        if (value == null) return -1;
        try {
            long length = Long.parseLong(value);
            if (length >= 0) return length;
        } catch (NumberFormatException e) {
            // Falls through to the same complaint.
        }
        throw new HttpException("its " + name + " is no length");
    }

    boolean closes() {
        String connection = fields.get("connection");
        return connection != null && connection.toLowerCase(Locale.ROOT).contains("close");
    }
}
