package dev.hubswarm.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A peer that says what a test tells it, and remembers what it hears. Confined to its test. It writes and reads its bytes
 * by hand, so it cannot share the faults of our codec.
 */
public final class FakePeer {
    public static final int CHOKE = 0;
    public static final int UNCHOKE = 1;
    public static final int INTERESTED = 2;
    public static final int NOT_INTERESTED = 3;
    public static final int HAVE = 4;
    public static final int BITFIELD = 5;
    public static final int REQUEST = 6;
    public static final int PIECE = 7;
    public static final int CANCEL = 8;
    public static final int SUGGEST = 13;
    public static final int HAVE_ALL = 14;
    public static final int HAVE_NONE = 15;
    public static final int REJECT = 16;
    public static final int ALLOWED_FAST = 17;
    public static final int EXTENDED = 20;
    public static final int HASH_REQUEST = 21;
    public static final int HASHES = 22;
    public static final int HASH_REJECT = 23;
    /** Of a message that has no id. */
    public static final int KEEP_ALIVE = -1;

    /** Reserved bits of BEP 10, BEP 6 and BEP 52. */
    public static final long EXTENSIONS = 0x10_0000;

    public static final long FAST = 0x04;
    public static final long V2 = 0x10;

    private static final int HANDSHAKE_LENGTH = 68;

    /** One message. Immutable, but for the array. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Heard(int id, byte[] body) {
        /** The four bytes of this place, counted in fours. */
        public int number(int index) {
            return ByteBuffer.wrap(body).getInt(4 * index);
        }

        public byte[] from(int offset) {
            return Arrays.copyOfRange(body, offset, body.length);
        }

        public String text() {
            return new String(body, StandardCharsets.ISO_8859_1);
        }
    }

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final List<Heard> heard = new ArrayList<>();
    private byte @Nullable [] handshake;
    private byte[] unread = {};

    public FakePeer greet(byte[] infoHash, long reserved, String peerId) {
        said.write(19);
        said.writeBytes("BitTorrent protocol".getBytes(StandardCharsets.ISO_8859_1));
        said.writeBytes(ByteBuffer.allocate(8).putLong(reserved).array());
        said.writeBytes(infoHash);
        said.writeBytes(Arrays.copyOf(peerId.getBytes(StandardCharsets.ISO_8859_1), 20));
        return this;
    }

    public FakePeer say(int id, int... numbers) {
        ByteBuffer body = ByteBuffer.allocate(4 * numbers.length);
        for (int number : numbers) body.putInt(number);
        return say(id, body.array());
    }

    public FakePeer say(int id, byte[] body) {
        said.writeBytes(
                ByteBuffer.allocate(5).putInt(body.length + 1).put((byte) id).array());
        said.writeBytes(body);
        return this;
    }

    public FakePeer sayBlock(int piece, int begin, byte[] block) {
        return say(
                PIECE,
                ByteBuffer.allocate(8 + block.length)
                        .putInt(piece)
                        .putInt(begin)
                        .put(block)
                        .array());
    }

    /** A message of an extension, under the number that its hearer gave it. */
    public FakePeer sayExtended(int extension, String bencoded) {
        return sayExtended(extension, bencoded, new byte[0]);
    }

    public FakePeer sayExtended(int extension, String bencoded, byte[] data) {
        byte[] text = bencoded.getBytes(StandardCharsets.ISO_8859_1);
        return say(
                EXTENDED,
                ByteBuffer.allocate(1 + text.length + data.length)
                        .put((byte) extension)
                        .put(text)
                        .put(data)
                        .array());
    }

    public FakePeer sayBytes(byte[] bytes) {
        said.writeBytes(bytes);
        return this;
    }

    /** What was said since the last time. */
    public byte[] takeSaid() {
        byte[] bytes = said.toByteArray();
        said.reset();
        return bytes;
    }

    public void hear(byte[] bytes) {
        byte[] all = Arrays.copyOf(unread, unread.length + bytes.length);
        System.arraycopy(bytes, 0, all, unread.length, bytes.length);
        ByteBuffer in = ByteBuffer.wrap(all);
        if (handshake == null) {
            if (in.remaining() < HANDSHAKE_LENGTH) {
                unread = all;
                return;
            }
            handshake = new byte[HANDSHAKE_LENGTH];
            in.get(handshake);
        }
        while (in.remaining() >= 4 && in.remaining() - 4 >= in.getInt(in.position())) {
            byte[] message = new byte[in.getInt()];
            in.get(message);
            heard.add(
                    message.length == 0
                            ? new Heard(KEEP_ALIVE, message)
                            : new Heard(message[0], Arrays.copyOfRange(message, 1, message.length)));
        }
        unread = Arrays.copyOfRange(all, in.position(), all.length);
    }

    /** The 20 bytes of the handshake that name the torrent; null before it came. */
    public byte @Nullable [] heardInfoHash() {
        return handshake == null ? null : Arrays.copyOfRange(handshake, 28, 48);
    }

    public long heardReserved() {
        return handshake == null ? 0 : ByteBuffer.wrap(handshake).getLong(20);
    }

    /** All messages of this kind that were not taken yet. */
    public List<Heard> take(int id) {
        List<Heard> taken = heard.stream().filter(one -> one.id == id).toList();
        heard.removeAll(taken);
        return taken;
    }

    /** All messages that were not taken yet. */
    public List<Heard> takeAll() {
        List<Heard> taken = List.copyOf(heard);
        heard.clear();
        return taken;
    }
}
