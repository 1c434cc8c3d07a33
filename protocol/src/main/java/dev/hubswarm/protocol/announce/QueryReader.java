package dev.hubswarm.protocol.announce;

/**
 * Walks over the parameters of a query (RFC 3986 section 3.4) where they stand, decoding only what is asked for.
 * Confined to one thread. A plus is a plus, as RFC 3986 has it; only forms make it a space.
 */
final class QueryReader {
    /** A scrape of 70 swarms takes 5,000. */
    static final int MAX_LENGTH = 8192;

    private final CharSequence text;
    private int next;
    private int name;
    private int nameEnd;
    private int value;
    private int valueEnd;

    QueryReader(CharSequence text, int from) throws AnnounceException {
        if (text.length() - from > MAX_LENGTH) throw new AnnounceException("the query is too long");
        this.text = text;
        this.next = from;
    }

    /** Moves to the next parameter; returns false if there is none. */
    boolean next() {
        int end = text.length();
        if (next >= end) return false;
        name = next;
        nameEnd = -1;
        int at = next;
        for (; at < end; at++) {
            char c = text.charAt(at);
            if (c == '&') break;
            if (c == '=' && nameEnd < 0) nameEnd = at;
        }
        valueEnd = at;
        if (nameEnd < 0) nameEnd = at;
        value = Math.min(nameEnd + 1, valueEnd);
        next = at + 1;
        return true;
    }

    boolean nameIs(String ascii) {
        return is(ascii, name, nameEnd);
    }

    boolean valueIs(String ascii) {
        return is(ascii, value, valueEnd);
    }

    private boolean is(String ascii, int from, int to) {
        if (to - from != ascii.length()) return false;
        for (int i = 0; i < ascii.length(); i++) {
            if (text.charAt(from + i) != ascii.charAt(i)) return false;
        }
        return true;
    }

    /** Returns the value as a number, the largest one there is if it is larger, and -1 if it is none or negative. */
    long number() {
        if (value == valueEnd) return -1;
        long number = 0;
        for (int i = value; i < valueEnd; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) return -1;
            number = number > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : number * 10 + digit;
        }
        return number;
    }

    /**
     * Returns up to eight hex digits as the number they stand for, and anything else as a hash: the key of a client
     * that writes the same 32 bits here and in datagrams (BEP 15) is then the same.
     */
    int fingerprint() {
        int hex = 0;
        int hash = 0;
        boolean isHex = valueEnd - value <= 2 * Integer.BYTES;
        for (int i = value; i < valueEnd; i++) {
            int digit = hexDigit(text.charAt(i));
            isHex &= digit >= 0;
            hex = hex << 4 | digit;
            hash = 31 * hash + text.charAt(i);
        }
        return isHex ? hex : hash;
    }

    /** Puts the bytes of the value into {@code out}; returns how many, or -1 if there are more than it takes. */
    int decode(byte[] out) throws AnnounceException {
        int count = 0;
        for (int i = value; i < valueEnd; i++) {
            if (count == out.length) return -1;
            int c = text.charAt(i);
            if (c == '%') {
                int high = i + 2 < valueEnd ? hexDigit(text.charAt(i + 1)) : -1;
                int low = i + 2 < valueEnd ? hexDigit(text.charAt(i + 2)) : -1;
                if (high < 0 || low < 0) throw new AnnounceException("a percent sign without two hex digits");
                c = high << 4 | low;
                i += 2;
            } else if (c > 0xff) {
                throw new AnnounceException("the query is not bytes");
            }
            out[count++] = (byte) c;
        }
        return count;
    }

    static int hexDigit(int c) {
        if (c >= '0' && c <= '9') return c - '0';
        int lower = c | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }
}
