package dev.hubswarm.protocol.bencode;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes one value in canonical bencoding (BEP 3) into memory. Confined to one thread.
 *
 * <p>Keys must arrive in ascending byte order, each once; anything else is a mistake of the caller and throws {@link
 * IllegalStateException}, so this class cannot produce a second encoding of the same value.
 */
public final class BencodeWriter {
    private byte[] out = new byte[1024];
    private int size;

    private int depth;
    private final boolean[] isDict = new boolean[BencodeReader.MAX_DEPTH];
    private final boolean[] keyIsNext = new boolean[BencodeReader.MAX_DEPTH];
    private final byte[] @Nullable [] lastKey = new byte[BencodeReader.MAX_DEPTH][];

    public BencodeWriter beginDict() {
        return open('d', true);
    }

    public BencodeWriter endDict() {
        return close(true);
    }

    public BencodeWriter beginList() {
        return open('l', false);
    }

    public BencodeWriter endList() {
        return close(false);
    }

    public BencodeWriter key(String text) {
        return key(text.getBytes(StandardCharsets.UTF_8));
    }

    public BencodeWriter key(byte[] key) {
        int level = depth - 1;
        check(depth > 0 && isDict[level] && keyIsNext[level], "a key is not expected");
        byte[] last = lastKey[level];
        check(last == null || Arrays.compareUnsigned(last, key) < 0, "the keys are not sorted");
        lastKey[level] = key;
        keyIsNext[level] = false;
        writeString(key, 0, key.length);
        return this;
    }

    public BencodeWriter integer(long value) {
        beginValue();
        write('i');
        writeAscii(value);
        write('e');
        return this;
    }

    public BencodeWriter string(String text) {
        return string(text.getBytes(StandardCharsets.UTF_8));
    }

    public BencodeWriter string(byte[] bytes) {
        return string(bytes, 0, bytes.length);
    }

    public BencodeWriter string(byte[] bytes, int from, int length) {
        beginValue();
        writeString(bytes, from, length);
        return this;
    }

    public BencodeWriter string(ByteBuffer bytes) {
        beginValue();
        ByteBuffer source = bytes.duplicate();
        int length = source.remaining();
        writeAscii(length);
        write(':');
        room(length);
        source.get(out, size, length);
        size += length;
        return this;
    }

    /** Writes a value that is bencoded already, such as the raw span of {@code info}. */
    public BencodeWriter raw(ByteBuffer bencoded) {
        beginValue();
        int length = bencoded.remaining();
        room(length);
        bencoded.duplicate().get(out, size, length);
        size += length;
        return this;
    }

    public byte[] toByteArray() {
        check(depth == 0, "a list or dictionary is still open");
        check(size > 0, "there is no value yet");
        return Arrays.copyOf(out, size);
    }

    private BencodeWriter open(char tag, boolean dict) {
        beginValue();
        check(depth < BencodeReader.MAX_DEPTH, "nested too deep");
        isDict[depth] = dict;
        keyIsNext[depth] = true;
        lastKey[depth] = null;
        depth++;
        write(tag);
        return this;
    }

    private BencodeWriter close(boolean dict) {
        check(depth > 0 && isDict[depth - 1] == dict, "nothing to close here");
        check(!dict || keyIsNext[depth - 1], "a key has no value");
        depth--;
        write('e');
        return this;
    }

    private void beginValue() {
        check(depth > 0 || size == 0, "there is a value already");
        if (depth == 0 || !isDict[depth - 1]) return;
        check(!keyIsNext[depth - 1], "a key is expected");
        keyIsNext[depth - 1] = true;
    }

    private void writeString(byte[] bytes, int from, int length) {
        writeAscii(length);
        write(':');
        room(length);
        System.arraycopy(bytes, from, out, size, length);
        size += length;
    }

    private void writeAscii(long number) {
        String digits = Long.toString(number);
        for (int i = 0; i < digits.length(); i++) write(digits.charAt(i));
    }

    private void write(char ascii) {
        room(1);
        out[size++] = (byte) ascii;
    }

    private void room(int more) {
        int needed = Math.addExact(size, more);
        if (needed > out.length) {
            long doubled = Math.min(2L * out.length, Integer.MAX_VALUE - 8);
            out = Arrays.copyOf(out, (int) Math.max(needed, doubled));
        }
    }

    private static void check(boolean ok, String what) {
        if (!ok) throw new IllegalStateException(what);
    }
}
