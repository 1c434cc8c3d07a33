package dev.hubswarm.protocol.bencode;

import dev.hubswarm.protocol.bencode.BencodeReader.Kind;
import dev.hubswarm.protocol.bencode.BencodeReader.Mode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what trackers and peers say in bencoding. Confined to one thread. Values of another kind than expected are passed
 * over, as are unknown keys: programs are many, and most of what they say is good.
 */
public class LenientReader {
    /** Takes the value of the key read last, or returns false and lets it be passed over. */
    @FunctionalInterface
    public interface Field {
        boolean read() throws BencodeException;
    }

    /** Takes one element of a list. */
    @FunctionalInterface
    public interface Element {
        void read() throws BencodeException;
    }

    private final byte[] in;
    private final BencodeReader reader;

    public LenientReader(byte[] in) {
        this.in = in;
        this.reader = new BencodeReader(in, Mode.LENIENT);
    }

    /** The offset of the next byte. */
    public int position() {
        return reader.position();
    }

    /** What the next value is. */
    public Kind peek() throws BencodeException {
        return reader.peek();
    }

    public boolean keyIs(String ascii) {
        return reader.keyIs(ascii);
    }

    /** The key read last, whose value is still to be read. */
    public ByteBuffer key() {
        return span();
    }

    /** Returns an integer, cut to what fits, or -1 for a negative one and for anything else. */
    public int number() throws BencodeException {
        if (!is(Kind.INTEGER)) return -1;
        long number = reader.readInteger();
        return number < 0 ? -1 : (int) Math.min(number, Integer.MAX_VALUE);
    }

    /** Returns a string, or null for anything else. */
    public @Nullable String text() throws BencodeException {
        ByteBuffer bytes = bytes();
        return bytes == null ? null : Text.clean(bytes);
    }

    /** Returns a string where it stands, or null for anything else. */
    public @Nullable ByteBuffer bytes() throws BencodeException {
        if (!is(Kind.STRING)) return null;
        reader.skipString();
        return span();
    }

    /** Takes the first {@code count} elements of a list and passes over the others. */
    public void list(int count, Element element) throws BencodeException {
        reader.beginList();
        for (int i = 0; i < count && reader.hasNext(); i++) element.read();
        while (reader.hasNext()) reader.skip();
        reader.endList();
    }

    /** Passes each key of a dictionary to {@code field}. */
    public void dict(Field field) throws BencodeException {
        if (!is(Kind.DICT)) return;
        reader.beginDict();
        while (reader.hasNext()) {
            reader.readKey();
            if (!field.read()) reader.skip();
        }
        reader.endDict();
    }

    private ByteBuffer span() {
        return ByteBuffer.wrap(in, reader.start(), reader.end() - reader.start());
    }

    /** Whether the next value is of a kind; passes over it if not. */
    private boolean is(Kind kind) throws BencodeException {
        if (reader.peek() == kind) return true;
        reader.skip();
        return false;
    }
}
