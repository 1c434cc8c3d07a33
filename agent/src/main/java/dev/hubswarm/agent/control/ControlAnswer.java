package dev.hubswarm.agent.control;

import java.nio.charset.StandardCharsets;

/**
 * An answer. Immutable, but for the bytes, which nobody may change.
 *
 * @param afterwards run when it was sent
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record ControlAnswer(int status, String type, byte[] body, Runnable afterwards) {
    private static final String JSON = "application/json";

    static ControlAnswer json(int status, byte[] body) {
        return new ControlAnswer(status, JSON, body, () -> {});
    }

    static ControlAnswer text(String type, String text) {
        return new ControlAnswer(200, type, text.getBytes(StandardCharsets.UTF_8), () -> {});
    }

    static ControlAnswer error(int status, String code, String message) {
        return json(status, JsonText.object(out -> {
            out.writeObjectPropertyStart("error");
            out.writeStringProperty("code", code);
            out.writeStringProperty("message", message);
            out.writeEndObject();
        }));
    }

    ControlAnswer then(Runnable next) {
        return new ControlAnswer(status, type, body, next);
    }
}
