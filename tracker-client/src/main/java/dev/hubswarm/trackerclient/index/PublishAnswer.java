package dev.hubswarm.trackerclient.index;

import dev.hubswarm.protocol.bencode.Text;
import dev.hubswarm.trackerclient.contact.HttpReply;
import dev.hubswarm.trackerclient.contact.NoAnswer;
import dev.hubswarm.trackerclient.contact.TrackerApi;
import dev.hubswarm.trackerclient.index.PublishResult.Kind;
import java.io.IOException;

/**
 * What a tracker says to a torrent that is published, in API v1 and v2. Immutable.
 *
 * @param status a word for what it is now; empty if not said
 */
record PublishAnswer(String status, String message) {
    private static final int MAX_MESSAGE = 300;

    /** What to read of an answer; nothing if it cannot be read, for the status of HTTP says enough. */
    static PublishAnswer read(byte[] text) {
        String[] said = {"", ""};
        try {
            Json.read(
                    text,
                    json -> Json.object(json, (name, value) -> {
                        switch (name) {
                            case "status" -> said[0] = Json.text(value);
                            case "message" -> said[1] = Json.text(value);
                            case "error" -> {
                                said[1] = Json.text(value);
                                Json.object(value, (inner, detail) -> {
                                    if (inner.equals("message")) said[1] = Json.text(detail);
                                });
                            }
                            default -> {}
                        }
                    }));
        } catch (IOException e) {
            return new PublishAnswer("", "");
        }
        return new PublishAnswer(said[0], Text.clean(said[1], MAX_MESSAGE));
    }

    /** The message, unless it repeats a secret of ours. */
    String message(TrackerApi api) {
        return api.isSecretIn(message) ? "" : message;
    }

    static PublishResult refused(HttpReply reply, TrackerApi api) {
        String message = read(reply.body()).message(api);
        return switch (reply.status()) {
            case 400, 404, 405, 422 -> new PublishResult(Kind.REFUSED, message);
            case 401, 403 -> new PublishResult(Kind.NOT_ALLOWED, message);
            case 409 -> new PublishResult(Kind.RIVAL, message);
            case 413 -> new PublishResult(Kind.TOO_LARGE, message);
            case 507 -> new PublishResult(Kind.FULL, message);
            default -> new PublishResult(Kind.UNAVAILABLE, message.isEmpty() ? "status " + reply.status() : message);
        };
    }

    static PublishResult unavailable(Throwable failure) {
        return new PublishResult(Kind.UNAVAILABLE, NoAnswer.why(failure));
    }
}
