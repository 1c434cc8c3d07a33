package dev.hubswarm.protocol.announce;

import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeReader.Kind;
import dev.hubswarm.protocol.bencode.LenientReader;
import org.jspecify.annotations.Nullable;

/** Reads the dictionary that an HTTP tracker answers with. Confined to one thread. */
final class AnswerReader extends LenientReader {
    /** Of an answer in the long form of BEP 3, with as many peers as anybody sends. */
    static final int MAX_LENGTH = 256 * 1024;

    /** Takes the value of the key read last, or returns false and lets it be passed over. */
    @FunctionalInterface
    interface Fields {
        boolean read(AnswerReader in) throws BencodeException;
    }

    private @Nullable String failureReason;
    private int retryMinutes = TrackerFailure.UNSAID;

    private AnswerReader(byte[] body) {
        super(body);
    }

    /** Passes each field to {@code fields}; returns the failure if the answer is one. */
    static @Nullable TrackerFailure read(byte[] body, Fields fields) throws AnnounceException {
        if (body.length > MAX_LENGTH) throw new AnnounceException("the answer is too long");
        try {
            AnswerReader in = new AnswerReader(body);
            if (in.peek() != Kind.DICT) throw new AnnounceException("the answer is no dictionary");
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
        if (peek() == Kind.INTEGER) {
            retryMinutes = number();
        } else if ("never".equals(text())) {
            retryMinutes = TrackerFailure.NEVER;
        }
        return true;
    }
}
