package dev.hubswarm.hubstub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** What is left to send of an answer's body. Confined to its connection's loop. */
interface Body {
    /** Of the whole, or -1 if it only shows at the end. */
    long length();

    /** The next bytes, at least one and at most so many; null at the end. */
    @Nullable
    ByteBuf next(int atMost);

    /** A part of some content, with one bit flipped at an offset of the content unless that is negative. */
    static Body range(StubContent content, long from, long to, long corruptAt) {
        return new Body() {
            private long at = from;

            @Override
            public long length() {
                return to - from;
            }

            @Override
            public @Nullable ByteBuf next(int atMost) {
                if (at == to) return null;
                ByteBuf part = content.slice(at, (int) Math.min(atMost, to - at));
                long inPart = corruptAt - at;
                at += part.readableBytes();
                if (inPart < 0 || corruptAt >= at) return part;
                ByteBuf copy = Unpooled.copiedBuffer(part);
                return copy.setByte((int) inPart, copy.getByte((int) inPart) ^ 1);
            }
        };
    }

    static Body sequence(List<Body> bodies) {
        return new Body() {
            private int at;

            @Override
            public long length() {
                return bodies.stream().mapToLong(Body::length).sum();
            }

            @Override
            public @Nullable ByteBuf next(int atMost) {
                for (; at < bodies.size(); at++) {
                    ByteBuf part = bodies.get(at).next(atMost);
                    if (part != null) return part;
                }
                return null;
            }
        };
    }

    static Body gzip(Body plain) {
        ByteBuf zipped = Unpooled.buffer();
        GZIPOutputStream zip = gzipTo(zipped);
        return new Body() {
            private boolean done;

            @Override
            public long length() {
                return -1;
            }

            @Override
            public @Nullable ByteBuf next(int atMost) {
                if (!zipped.isReadable()) zipped.clear();
                try {
                    while (!zipped.isReadable() && !done) {
                        ByteBuf part = plain.next(1 << 16);
                        if (part != null) part.readBytes(zip, part.readableBytes());
                        else zip.close();
                        done = part == null;
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException("Writing to memory failed", e);
                }
                return zipped.isReadable() ? zipped.readBytes(Math.min(atMost, zipped.readableBytes())) : null;
            }
        };
    }

    private static GZIPOutputStream gzipTo(ByteBuf zipped) {
        try {
            return new GZIPOutputStream(new ByteBufOutputStream(zipped));
        } catch (IOException e) {
            throw new UncheckedIOException("Writing to memory failed", e);
        }
    }
}
