package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class JsonEditTest {
    private static String edited(String json, int step) throws IOException {
        JsonEdit edit =
                new JsonEdit(ByteBufAllocator.DEFAULT, href -> href.replace("https://huggingface.co", "http://here"));
        StringBuilder out = new StringBuilder();
        try {
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            for (int at = 0; at < bytes.length; at += step)
                out.append(text(edit.feed(Unpooled.copiedBuffer(bytes, at, Math.min(step, bytes.length - at)))));
            return out.append(text(edit.end())).toString();
        } finally {
            edit.release();
        }
    }

    private static String text(ByteBuf bytes) {
        try {
            return bytes.toString(StandardCharsets.UTF_8);
        } finally {
            bytes.release();
        }
    }

    /** In chunks of every size, so that each token is cut at each of its bytes. */
    private static void check(String expected, String json) throws IOException {
        for (int step = 1; step <= json.length() + 1; step++) assertEquals(expected, edited(json, step), "by " + step);
    }

    @Test
    void theKeyIsRemovedAndNotItsValueAlone() throws IOException {
        check(
                "[{\"type\":\"file\",\"size\":5,\"path\":\"a\"},{\"size\":6}]",
                "[{\"type\":\"file\",\"size\":5,\"xetHash\":\"abc\",\"path\":\"a\"}, {\"xetHash\":null,\"size\":6}]");
    }

    @Test
    void filesThatClientsRefuseByHttpKeepIt() throws IOException {
        check(
                "[{\"size\":50000000001,\"lfs\":{\"size\":1},\"path\":\"a\",\"xetHash\":\"abc\"},{\"size\":50000000000}]",
                "[{\"xetHash\":\"abc\",\"size\":50000000001,\"lfs\":{\"size\":1},\"path\":\"a\"},"
                        + "{\"size\":50000000000,\"xetHash\":\"d\"}]");
    }

    @Test
    void addressesLeadHereAndAllElseStays() throws IOException {
        check(
                "{\"href\":\"http://here/a\",\"header\":{\"x\":\"https://huggingface.co/b\"},\"n\":[1.50,-2e7,true,null,\"é\\n\"]}",
                "{\"href\":\"https://huggingface.co/a\",\"header\":{\"x\":\"https://huggingface.co/b\"},"
                        + "\"n\":[1.50,-2e7,true,null,\"é\\n\"]}");
    }

    @Test
    void whatIsNoJsonFails() {
        assertThrows(IOException.class, () -> edited("<html>", 3));
        assertThrows(IOException.class, () -> edited("[".repeat(1000), 100));
        assertThrows(IOException.class, () -> edited("[{\"a\":1", 100));
    }
}
