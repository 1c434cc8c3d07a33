package dev.hubswarm.protocol.bencode;

/** The input is not the bencoding that was expected. Immutable. */
public final class BencodeException extends Exception {
    private static final long serialVersionUID = 1;

    BencodeException(String what, int offset) {
        super(what + " at byte " + offset);
    }
}
