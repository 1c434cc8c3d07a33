package dev.hubswarm.agent.proxy;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * By what a client begins TLS with, which program and library it is (RFC 8446 section 4.1.2). What differs from
 * connection to connection is left out, and some programs shuffle their extensions, so these are sorted. Stateless.
 */
final class ClientHello {
    private static final int RANDOM = 32;
    /** Of a host, a session, or as long as something else: server_name, padding, pre_shared_key, early_data, cookie. */
    private static final Set<Integer> PASSING = Set.of(0, 21, 41, 42, 44);
    /** supported_groups, signature_algorithms, ALPN, supported_versions: what these hold is the program's, too. */
    private static final Set<Integer> TELLING = Set.of(10, 13, 16, 43);

    private ClientHello() {}

    /**
     * The same for each connection of a program, and the empty word for what is no such message.
     *
     * @param hello from its version on
     */
    static String kind(ByteBuffer hello) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            numbers(digest, hello, Short.BYTES);
            hello.position(hello.position() + RANDOM);
            part(hello, hello.get() & 0xff);
            ByteBuffer suites = part(hello, hello.getShort() & 0xffff);
            numbers(digest, suites, suites.remaining());
            part(hello, hello.get() & 0xff);
            if (hello.hasRemaining()) extensions(digest, part(hello, hello.getShort() & 0xffff));
            return HexFormat.of().formatHex(digest.digest());
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return "";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static ByteBuffer part(ByteBuffer from, int length) {
        if (length > from.remaining()) throw new BufferUnderflowException();
        ByteBuffer part = from.slice(from.position(), length);
        from.position(from.position() + length);
        return part;
    }

    private static void extensions(MessageDigest digest, ByteBuffer all) {
        Map<Integer, ByteBuffer> sorted = new TreeMap<>();
        while (all.hasRemaining()) {
            int type = all.getShort() & 0xffff;
            ByteBuffer content = part(all, all.getShort() & 0xffff);
            if (!isGrease(type) && !PASSING.contains(type)) sorted.put(type, content);
        }
        sorted.forEach((type, content) -> {
            digest.update((byte) (type >> 8));
            digest.update((byte) (int) type);
            if (!TELLING.contains(type)) return;
            // Of lists of two bytes each those are left out that only try whether servers pass over the unknown.
            if (type == 16) digest.update(content);
            else if (type == 43 && content.hasRemaining()) content.get();
            numbers(digest, content, content.remaining());
        });
        digest.update((byte) sorted.size());
    }

    private static void numbers(MessageDigest digest, ByteBuffer from, int bytes) {
        for (int i = 0; i + 1 < bytes; i += Short.BYTES) {
            int number = from.getShort() & 0xffff;
            if (isGrease(number)) continue;
            digest.update((byte) (number >> 8));
            digest.update((byte) number);
        }
    }

    /** RFC 8701. */
    private static boolean isGrease(int number) {
        return (number & 0x0f0f) == 0x0a0a && number >> 8 == (number & 0xff);
    }
}
