package dev.hubswarm.trackerserver.catalogue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.trackerserver.server.Api;
import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.server.ApiRequest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Asks an API without sockets. Immutable. */
record Client(Api api, @Nullable String token, String from) {
    Client(Api api) {
        this(api, null, "192.0.2.1");
    }

    Client with(String newToken) {
        return new Client(api, newToken, from);
    }

    Client at(String newFrom) {
        return new Client(api, token, newFrom);
    }

    ApiAnswer send(String method, String target, byte[] body, Map<String, String> headers) {
        int mark = target.indexOf('?');
        PeerAddress address = PeerAddress.parse(from, 0);
        if (address == null) throw new IllegalArgumentException(from);
        return api.answer(new ApiRequest(
                method,
                mark < 0 ? target : target.substring(0, mark),
                mark < 0 ? null : target.substring(mark + 1),
                headers,
                body,
                address));
    }

    ApiAnswer send(String method, String target, byte[] body) {
        return send(method, target, body, token == null ? Map.of() : Map.of("authorization", "Bearer " + token));
    }

    ApiAnswer get(String target) {
        return send("GET", target, new byte[0]);
    }

    ApiAnswer post(String target, String body) {
        return send("POST", target, body.getBytes(UTF_8));
    }

    /** Status and body, which is short and in ASCII. */
    static String text(ApiAnswer answer) {
        return answer.status() + " " + new String(answer.body(), ISO_8859_1);
    }

    /** The status and, of our own errors, the code. */
    static String code(ApiAnswer answer) {
        String text = text(answer);
        int at = text.indexOf("\"code\":\"");
        return at < 0 ? text : answer.status() + " " + text.substring(at + 8, text.indexOf('"', at + 8));
    }
}
