package dev.hubswarm.agent.proxy;

import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;

/**
 * Reads requests, within limits, and refuses those that two readers could understand in two ways (reliability.md T19);
 * Netty itself mends one of them. Confined to its connection.
 */
final class RequestDecoder extends HttpRequestDecoder {
    private static final int LINE = 8 << 10;
    private static final int HEADERS = 16 << 10;
    private static final int CHUNK = 64 << 10;

    RequestDecoder() {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(LINE)
                .setMaxHeaderSize(HEADERS)
                .setMaxChunkSize(CHUNK)
                .setAllowDuplicateContentLengths(false)
                .setStrictLineParsing(true));
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new IllegalArgumentException("two lengths");
    }
}
