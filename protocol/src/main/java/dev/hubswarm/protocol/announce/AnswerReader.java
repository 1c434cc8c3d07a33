package dev.hubswarm.protocol.announce;

import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeReader;
import dev.hubswarm.protocol.bencode.BencodeReader.Kind;
import dev.hubswarm.protocol.bencode.BencodeReader.Mode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the dictionary that an HTTP tracker answers with. Confined to one thread. Values of another kind than expected
 * are passed over, as are unknown keys: trackers are many, and a peer list is worth having.
 */
final class AnswerReader {
    /** Of an answer in the long form of BEP 3, with as many peers as anybody sends. */
    static final int MAX_LENGTH = 256 * 1024;

    /** Takes the value of the key read last, or returns false and lets it be passed over. */
    @FunctionalInterface
    interface Field {
        boolean read() throws BencodeException;
    }

    /** As {@link Field}. */
    @FunctionalInterface
    interface Fields {
        boolean read(AnswerReader in) throws BencodeException;
    }

    /** Takes one element of a list. */
    @FunctionalInterface
    interface Element {
        void read() throws BencodeException;
    }

    private final byte[] body;
    private final BencodeReader reader;
    private @Nullable String failureReason;
    private int retryMinutes = TrackerFailure.UNSAID;

    private AnswerReader(byte[] body) {
        this.body = body;
        this.reader = new BencodeReader(body, Mode.LENIENT);
    }

    /** Passes each field to {@code fields}; returns the failure if the answer is one. */
    static @Nullable TrackerFailure read(byte[] body, Fields fields) throws AnnounceException {
        if (body.length > MAX_LENGTH) throw new AnnounceException("the answer is too long");
        try {
            AnswerReader in = new AnswerReader(body);
            if (in.reader.peek() != Kind.DICT) throw new AnnounceException("the answer is no dictionary");
            in.dict(() -> in.readFailure() || fields.read(in));
            return in.failureReason == null ? null : new TrackerFailure(in.failureReason, in.retryMinutes);
        } catch (BencodeException e) {
            throw new AnnounceException("the answer is not bencoded: " + e.getMessage(), e);
        }
    }

    private boolean readFailure() throws BencodeException {
        if (keyIs("failure reason")) {
            String reason = text();
            failureReason = reason == null ? "" : reason;
            return true;
        }
        if (!keyIs("retry in")) return false;
        if (reader.peek() == Kind.INTEGER) {
            retryMinutes = number();
        } else if ("never".equals(text())) {
            retryMinutes = TrackerFailure.NEVER;
        }
        return true;
    }

    boolean keyIs(String ascii) {
        return reader.keyIs(ascii);
    }

    /** The key read last, whose value is still to be read. */
    ByteBuffer key() {
        return span();
    }

    /** Returns an integer, cut to what fits, or -1 for a negative one and for anything else. */
    int number() throws BencodeException {
        if (!is(Kind.INTEGER)) return -1;
        long number = reader.readInteger();
        return number < 0 ? -1 : (int) Math.min(number, Integer.MAX_VALUE);
    }

    /** Returns a string, or null for anything else. */
    @Nullable
    String text() throws BencodeException {
        ByteBuffer bytes = bytes();
        return bytes == null ? null : Text.clean(bytes);
    }

    /** Returns a string where it stands, or null for anything else. */
    @Nullable
    ByteBuffer bytes() throws BencodeException {
        if (!is(Kind.STRING)) return null;
        reader.skipString();
        return span();
    }

    boolean isList() throws BencodeException {
        return reader.peek() == Kind.LIST;
    }

    /** Takes the first {@code count} elements of a list and passes over the others. */
    void list(int count, Element element) throws BencodeException {
        reader.beginList();
        for (int i = 0; i < count && reader.hasNext(); i++) element.read();
        while (reader.hasNext()) reader.skip();
        reader.endList();
    }

    void dict(Field field) throws BencodeException {
        if (!is(Kind.DICT)) return;
        reader.beginDict();
        while (reader.hasNext()) {
            reader.readKey();
            if (!field.read()) reader.skip();
        }
        reader.endDict();
    }

    private ByteBuffer span() {
        return ByteBuffer.wrap(body, reader.start(), reader.end() - reader.start());
    }

    /** Whether the next value is of a kind; passes over it if not. */
    private boolean is(Kind kind) throws BencodeException {
        if (reader.peek() == kind) return true;
        reader.skip();
        return false;
    }
}
