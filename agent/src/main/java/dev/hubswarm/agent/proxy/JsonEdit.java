package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.async.ByteBufferFeeder;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.async.NonBlockingByteBufferJsonParser;

/**
 * Changes JSON while it passes: takes Xet hashes out, and rewrites addresses. It keeps no more than one string of it.
 * Confined to a connection's loop.
 */
final class JsonEdit {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(4 << 20)
                    .maxNestingDepth(200)
                    .build())
            .build();

    /** An object that has begun. The hash is written at its end, if at all, since the size may stand behind it. */
    private static final class Level {
        private long size;
        private @Nullable String hash;
    }

    private final UnaryOperator<String> addresses;
    private final NonBlockingByteBufferJsonParser in =
            (NonBlockingByteBufferJsonParser) FACTORY.createNonBlockingByteBufferParser(ObjectReadContext.empty());
    private final ByteBufferFeeder feeder = in;
    private final Deque<Level> levels = new ArrayDeque<>();
    private ByteBuf out;
    private final ByteBufAllocator allocator;
    private final JsonGenerator generator;
    private boolean isHash;

    /** @param addresses what becomes of the value of each {@code href} */
    JsonEdit(ByteBufAllocator allocator, UnaryOperator<String> addresses) {
        this.allocator = allocator;
        this.addresses = addresses;
        this.out = allocator.buffer();
        this.generator = FACTORY.createGenerator(ObjectWriteContext.empty(), new java.io.OutputStream() {
            @Override
            public void write(int b) {
                out.writeByte(b);
            }

            @Override
            public void write(byte[] bytes, int from, int length) {
                out.writeBytes(bytes, from, length);
            }
        });
    }

    /** Takes the buffer over; what it returns is the caller's. */
    ByteBuf feed(ByteBuf bytes) throws IOException {
        try {
            for (java.nio.ByteBuffer part : bytes.nioBuffers()) {
                feeder.feedInput(part);
                pump();
            }
            return taken();
        } catch (JacksonException e) {
            throw new IOException("the answer is no JSON", e);
        } finally {
            bytes.release();
        }
    }

    /** What is left at the end. */
    ByteBuf end() throws IOException {
        try {
            feeder.endOfInput();
            pump();
            generator.close();
            return taken();
        } catch (JacksonException e) {
            throw new IOException("the answer is no JSON", e);
        }
    }

    /** There will be no end. */
    void release() {
        out.release();
    }

    private ByteBuf taken() {
        generator.flush();
        ByteBuf ready = out;
        out = allocator.buffer();
        return ready;
    }

    private void pump() {
        for (JsonToken token = in.nextToken();
                token != null && token != JsonToken.NOT_AVAILABLE;
                token = in.nextToken()) {
            Level level = levels.peek();
            if (isHash) {
                isHash = false;
                if (level != null && token == JsonToken.VALUE_STRING) {
                    level.hash = in.getString();
                    continue;
                }
                if (token.isScalarValue()) continue;
                generator.writeName(XetTraces.KEY);
            }
            switch (token) {
                case PROPERTY_NAME -> {
                    isHash = in.currentName().equals(XetTraces.KEY);
                    if (isHash) continue;
                }
                case START_OBJECT -> levels.push(new Level());
                case END_OBJECT -> {
                    levels.pop();
                    if (level != null && level.hash != null && level.size > XetTraces.MOST_BY_HTTP)
                        generator.writeStringProperty(XetTraces.KEY, level.hash);
                }
                case VALUE_NUMBER_INT -> {
                    if (level != null && "size".equals(in.currentName())) level.size = in.getValueAsLong();
                }
                case VALUE_STRING -> {
                    if ("href".equals(in.currentName())) {
                        generator.writeString(addresses.apply(in.getString()));
                        continue;
                    }
                }
                case VALUE_NUMBER_FLOAT -> {
                    // As it is written.
                    generator.writeNumber(in.getString());
                    continue;
                }
                default -> {}
            }
            generator.copyCurrentEventExact(in);
        }
    }
}
