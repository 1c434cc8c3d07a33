package dev.hubswarm.agent.control;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What an agent answered. Immutable, but for the bytes, which nobody may change. */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record ControlReply(int status, byte[] body) {
    public boolean isGood() {
        return status / 100 == 2;
    }

    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** Of an object's fields, one. */
    public String text(String field) throws IOException {
        return JsonFields.read(body).required(field);
    }
}
