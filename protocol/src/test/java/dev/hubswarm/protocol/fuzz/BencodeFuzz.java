package dev.hubswarm.protocol.fuzz;

import dev.hubswarm.protocol.bencode.BencodeException;
import dev.hubswarm.protocol.bencode.BencodeReader;
import dev.hubswarm.protocol.bencode.BencodeReader.Kind;
import dev.hubswarm.protocol.bencode.BencodeReader.Mode;
import dev.hubswarm.protocol.bencode.BencodeWriter;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/** S31: whatever is accepted strictly is written back as the same bytes, and leniently accepted too. */
public final class BencodeFuzz {
    private BencodeFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) throws Exception {
        boolean strict = accepts(data, Mode.STRICT);
        boolean lenient = accepts(data, Mode.LENIENT);
        if (strict && !lenient) throw new AssertionError("strict accepts what lenient refuses");
        if (!strict) return;
        byte[] copy = copy(data);
        if (!Arrays.equals(copy, data)) throw new AssertionError("written back it is other bytes");
    }

    private static boolean accepts(byte[] data, Mode mode) throws Exception {
        boolean[] accepted = {false};
        Limits.check(data.length, () -> {
            try {
                BencodeReader reader = new BencodeReader(data, mode);
                reader.skip();
                reader.finish();
                accepted[0] = true;
            } catch (BencodeException e) {
                // Refused.
            }
        });
        return accepted[0];
    }

    /** Reads token by token and writes each. */
    static byte[] copy(byte[] data) throws BencodeException {
        BencodeReader in = new BencodeReader(data, Mode.STRICT);
        BencodeWriter out = new BencodeWriter();
        Deque<Kind> open = new ArrayDeque<>();
        do {
            boolean inDict = open.peek() == Kind.DICT;
            if (!open.isEmpty() && !in.hasNext()) {
                if (open.pop() == Kind.DICT) {
                    in.endDict();
                    out.endDict();
                } else {
                    in.endList();
                    out.endList();
                }
                continue;
            }
            if (inDict) {
                in.readKey();
                out.key(Arrays.copyOfRange(data, in.start(), in.end()));
            }
            Kind next = in.peek();
            switch (next) {
                case INTEGER -> out.integer(in.readInteger());
                case STRING -> out.string(in.readBytes());
                case LIST -> {
                    in.beginList();
                    out.beginList();
                    open.push(next);
                }
                case DICT -> {
                    in.beginDict();
                    out.beginDict();
                    open.push(next);
                }
                case END -> throw new AssertionError("an end was accepted as a value");
            }
        } while (!open.isEmpty());
        in.finish();
        return out.toByteArray();
    }
}
