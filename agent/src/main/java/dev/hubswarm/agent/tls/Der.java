package dev.hubswarm.agent.tls;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/** As much of DER (X.690) as our own certificates take. Stateless. */
final class Der {
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OCTET_STRING = 0x04;
    private static final int OID = 0x06;
    private static final int UTF8_STRING = 0x0c;
    private static final int UTC_TIME = 0x17;
    private static final int GENERALIZED_TIME = 0x18;
    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int CONTEXT = 0x80;
    private static final int CONSTRUCTED = 0x20;

    private static final int SHORT_LENGTH = 0x80;
    private static final int SEVEN_BITS = 0x7f;
    private static final int FIRST_ARCS = 40;
    /** From this year on UTCTime would mean another century (RFC 5280, 4.1.2.5). */
    private static final int UTC_TIME_END = 2050;

    private static final DateTimeFormatter SHORT_YEAR = DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'");
    private static final DateTimeFormatter LONG_YEAR = DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'");

    private Der() {}

    static byte[] sequence(byte[]... parts) {
        return tagged(SEQUENCE, parts);
    }

    static byte[] set(byte[]... parts) {
        return tagged(SET, parts);
    }

    static byte[] integer(BigInteger value) {
        return tagged(INTEGER, value.toByteArray());
    }

    static byte[] yes() {
        return new byte[] {0x01, 0x01, (byte) 0xff};
    }

    static byte[] octets(byte[] value) {
        return tagged(OCTET_STRING, value);
    }

    /** @param unused how many bits of the last byte mean nothing */
    static byte[] bits(int unused, byte[] value) {
        return tagged(BIT_STRING, new byte[] {(byte) unused}, value);
    }

    static byte[] text(String value) {
        return tagged(UTF8_STRING, value.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] oid(String dotted) {
        String[] arcs = dotted.split("\\.", -1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(Integer.parseInt(arcs[0]) * FIRST_ARCS + Integer.parseInt(arcs[1]));
        for (int i = 2; i < arcs.length; i++) {
            int arc = Integer.parseInt(arcs[i]);
            int shift = 28;
            while (shift > 0 && arc >>> shift == 0) shift -= 7;
            for (; shift > 0; shift -= 7) out.write(CONTEXT | ((arc >>> shift) & SEVEN_BITS));
            out.write(arc & SEVEN_BITS);
        }
        return tagged(OID, out.toByteArray());
    }

    static byte[] time(Instant instant) {
        ZonedDateTime utc = instant.atZone(ZoneOffset.UTC);
        boolean isShort = utc.getYear() < UTC_TIME_END;
        String text = (isShort ? SHORT_YEAR : LONG_YEAR).format(utc);
        return tagged(isShort ? UTC_TIME : GENERALIZED_TIME, text.getBytes(StandardCharsets.US_ASCII));
    }

    /** A field of this number, around whole values. */
    static byte[] field(int number, byte[]... parts) {
        return tagged(CONTEXT | CONSTRUCTED | number, parts);
    }

    /** A field of this number in place of the tag of a simple value. */
    static byte[] simpleField(int number, byte[] content) {
        return tagged(CONTEXT | number, content);
    }

    private static byte[] tagged(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) length += part.length;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (length < SHORT_LENGTH) {
            out.write(length);
        } else {
            byte[] bytes = BigInteger.valueOf(length).toByteArray();
            int leading = bytes[0] == 0 ? 1 : 0;
            out.write(SHORT_LENGTH | (bytes.length - leading));
            out.write(bytes, leading, bytes.length - leading);
        }
        for (byte[] part : parts) out.writeBytes(part);
        return out.toByteArray();
    }

    /** Takes the value at the buffer's position apart, and moves behind it. */
    static ByteBuffer open(ByteBuffer in) {
        in.get();
        int length = in.get() & 0xff;
        if (length >= SHORT_LENGTH) {
            int count = length - SHORT_LENGTH;
            length = 0;
            for (; count > 0; count--) length = (length << 8) | (in.get() & 0xff);
        }
        ByteBuffer content = in.slice(in.position(), length);
        in.position(in.position() + length);
        return content;
    }
}
