package dev.hubswarm.protocol.bencode;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads bencoded input (BEP 3) token by token. Confined to one thread; owns no socket, file or clock.
 *
 * <p>It is a pull reader and not a tree, because a tree of {@code i0e} values takes ten times the memory of its
 * input. Nothing is allocated for a token unless its value is asked for; nesting is a fixed stack, so neither depth
 * nor a claimed length can cost more than the input itself.
 *
 * <p>Every read checks the syntax it passes over, so a document is valid once its last value was read or skipped and
 * {@link #finish} returned.
 */
public final class BencodeReader {
    /** How to treat input that says what it means, but not in the canonical way. */
    public enum Mode {
        /** Only the one encoding that BEP 3 allows for a value: sorted unique keys, no leading zeros, nothing behind it. */
        STRICT,
        /** Torrents as found: unsorted keys, leading zeros and trailing bytes pass; adjacent equal keys do not. */
        LENIENT
    }

    /** What stands at the current position. */
    public enum Kind {
        INTEGER("an integer"),
        STRING("a string"),
        LIST("a list"),
        DICT("a dictionary"),
        END("the end of a list or dictionary");

        private final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    public static final int MAX_DEPTH = 100;
    /** libtorrent's limit; its largest real torrents stay well below. */
    public static final int MAX_TOKENS = 2_500_000;

    /** Of a number, zeros in front included: 64 bits have 19, and nobody waits for the end of a million zeros. */
    private static final int MAX_DIGITS = 32;

    private static final int NO_KEY = -1;

    private final byte[] in;
    private final int limit;
    private final Mode mode;
    private int pos;
    private int tokens;

    /** Per open list or dictionary; index 0 is the outermost. */
    private int depth;

    private final boolean[] isDict = new boolean[MAX_DEPTH];
    private final boolean[] keyIsNext = new boolean[MAX_DEPTH];
    private final int[] lastKeyStart = new int[MAX_DEPTH];
    private final int[] lastKeyEnd = new int[MAX_DEPTH];

    private int start;
    private int end;

    public BencodeReader(byte[] in, Mode mode) {
        this(in, 0, in.length, mode);
    }

    /** Reads the part of {@code in} from {@code from} up to, not including, {@code to}. Offsets stay those of {@code in}. */
    public BencodeReader(byte[] in, int from, int to, Mode mode) {
        this.in = in;
        this.pos = from;
        this.limit = to;
        this.mode = mode;
    }

    /** The offset of the next byte; around {@link #skip} it gives the raw span of a value. */
    public int position() {
        return pos;
    }

    /** Where the string or key read last begins. */
    public int start() {
        return start;
    }

    /** Where the string or key read last ends, exclusive. */
    public int end() {
        return end;
    }

    public Kind peek() throws BencodeException {
        if (pos >= limit) throw error("the input ends");
        byte b = in[pos];
        if (isDigit(b)) return Kind.STRING;
        return switch (b) {
            case 'i' -> Kind.INTEGER;
            case 'l' -> Kind.LIST;
            case 'd' -> Kind.DICT;
            case 'e' -> Kind.END;
            default -> throw error("unexpected byte " + (b & 0xff));
        };
    }

    /** Whether the open list or dictionary has another element. */
    public boolean hasNext() throws BencodeException {
        return peek() != Kind.END;
    }

    public void beginDict() throws BencodeException {
        open(Kind.DICT);
    }

    public void endDict() throws BencodeException {
        close(true);
    }

    public void beginList() throws BencodeException {
        open(Kind.LIST);
    }

    public void endList() throws BencodeException {
        close(false);
    }

    /** Reads the next key of the open dictionary. {@link #keyIs}, {@link #start} and {@link #end} then tell which. */
    public void readKey() throws BencodeException {
        if (depth == 0 || !isDict[depth - 1] || !keyIsNext[depth - 1]) throw error("a key is not expected");
        int keyAt = pos;
        expect(Kind.STRING);
        readSpan();
        int level = depth - 1;
        if (lastKeyStart[level] != NO_KEY) {
            int order = Arrays.compareUnsigned(in, lastKeyStart[level], lastKeyEnd[level], in, start, end);
            if (order == 0) throw new BencodeException("a key stands twice", keyAt);
            if (order > 0 && mode == Mode.STRICT) throw new BencodeException("the keys are not sorted", keyAt);
        }
        lastKeyStart[level] = start;
        lastKeyEnd[level] = end;
        keyIsNext[level] = false;
    }

    /** Whether the string or key read last is this ASCII text. */
    public boolean keyIs(String ascii) {
        if (end - start != ascii.length()) return false;
        for (int i = 0; i < ascii.length(); i++) {
            if (in[start + i] != ascii.charAt(i)) return false;
        }
        return true;
    }

    public long readInteger() throws BencodeException {
        beginValue(Kind.INTEGER);
        int at = pos++;
        boolean negative = pos < limit && in[pos] == '-';
        if (negative) pos++;
        int firstDigit = pos;
        long value = 0;
        while (pos < limit && isDigit(in[pos])) {
            int digit = in[pos++] - '0';
            // Counting down reaches Long.MIN_VALUE too, which has no positive twin.
            if (value < (Long.MIN_VALUE + digit) / 10) throw new BencodeException("an integer exceeds 64 bits", at);
            value = value * 10 - digit;
            if (pos - firstDigit > MAX_DIGITS) throw new BencodeException("an integer has too many digits", at);
        }
        int digits = pos - firstDigit;
        if (digits == 0) throw error("an integer has no digits");
        if (pos >= limit || in[pos] != 'e') throw error("an integer does not end");
        pos++;
        if (mode == Mode.STRICT && in[firstDigit] == '0' && (digits > 1 || negative)) {
            throw new BencodeException("an integer is not in its shortest form", at);
        }
        if (negative) return value;
        if (value == Long.MIN_VALUE) throw new BencodeException("an integer exceeds 64 bits", at);
        return -value;
    }

    /** Passes over a string; {@link #start} and {@link #end} tell where it stands. */
    public void skipString() throws BencodeException {
        beginValue(Kind.STRING);
        readSpan();
    }

    /** Returns a string as a read-only view of the input. */
    public ByteBuffer readBytes() throws BencodeException {
        skipString();
        return ByteBuffer.wrap(in, start, end - start).slice().asReadOnlyBuffer();
    }

    /** Returns a string that must be UTF-8. */
    public String readText() throws BencodeException {
        skipString();
        return text(start, end);
    }

    /** Returns the key read last, which must be UTF-8. */
    public String keyText() throws BencodeException {
        return text(start, end);
    }

    /** Passes over one value of any kind, checking its syntax. */
    public void skip() throws BencodeException {
        int outside = depth;
        do {
            Kind next = peek();
            boolean inside = depth > outside;
            if (inside && next != Kind.END && isDict[depth - 1] && keyIsNext[depth - 1]) {
                readKey();
                continue;
            }
            switch (next) {
                case INTEGER -> readInteger();
                case STRING -> skipString();
                case LIST, DICT -> open(next);
                case END -> {
                    if (!inside) throw error("a value is missing");
                    close(isDict[depth - 1]);
                }
            }
        } while (depth > outside);
    }

    /** Checks that the input is over: no container is open and, when strict, no byte is left. */
    public void finish() throws BencodeException {
        if (depth != 0) throw error("a list or dictionary is still open");
        if (mode == Mode.STRICT && pos != limit) throw error("there is something behind the end");
    }

    private String text(int from, int to) throws BencodeException {
        try {
            CharBuffer chars = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(in, from, to - from));
            return chars.toString();
        } catch (CharacterCodingException e) {
            throw new BencodeException("a text is not UTF-8", from);
        }
    }

    private void open(Kind kind) throws BencodeException {
        beginValue(kind);
        if (depth == MAX_DEPTH) throw error("nested deeper than " + MAX_DEPTH);
        pos++;
        isDict[depth] = kind == Kind.DICT;
        keyIsNext[depth] = true;
        lastKeyStart[depth] = NO_KEY;
        depth++;
    }

    private void close(boolean dict) throws BencodeException {
        if (depth == 0 || isDict[depth - 1] != dict) throw error("nothing to close here");
        if (dict && !keyIsNext[depth - 1]) throw error("a key has no value");
        expect(Kind.END);
        pos++;
        depth--;
    }

    private void beginValue(Kind kind) throws BencodeException {
        if (depth > 0 && isDict[depth - 1]) {
            if (keyIsNext[depth - 1]) throw error("a key is expected");
            expect(kind);
            keyIsNext[depth - 1] = true;
        } else {
            expect(kind);
        }
    }

    private void expect(Kind kind) throws BencodeException {
        Kind found = peek();
        if (found != kind) throw error("expected " + kind.words + ", found " + found.words);
        if (kind != Kind.END && ++tokens > MAX_TOKENS) throw error("more than " + MAX_TOKENS + " tokens");
    }

    private void readSpan() throws BencodeException {
        int at = pos;
        long length = 0;
        while (pos < limit && isDigit(in[pos])) {
            length = length * 10 + (in[pos++] - '0');
            // Checked digit by digit, so it can neither overflow nor promise more than is there.
            if (length > limit - pos) throw new BencodeException("a string is longer than the input", at);
            if (pos - at > MAX_DIGITS) throw new BencodeException("a string length has too many digits", at);
        }
        if (pos >= limit || in[pos] != ':') throw error("a string length does not end in a colon");
        if (mode == Mode.STRICT && in[at] == '0' && pos - at > 1) {
            throw new BencodeException("a string length has leading zeros", at);
        }
        pos++;
        if (length > limit - pos) throw new BencodeException("a string is longer than the input", at);
        start = pos;
        end = pos + (int) length;
        pos = end;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private BencodeException error(String what) {
        return new BencodeException(what, pos);
    }
}
