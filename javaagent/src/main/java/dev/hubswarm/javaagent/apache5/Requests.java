package dev.hubswarm.javaagent.apache5;

import dev.hubswarm.javaagent.core.Link;
import dev.hubswarm.javaagent.core.Steering;
import java.net.URI;
import java.util.function.Function;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.MessageHeaders;
import org.jspecify.annotations.Nullable;

/** What both of this client's hooks see of a request. Stateless. */
final class Requests {
    private Requests() {}

    static boolean isHubFile(Steering steering, HttpHost host, HttpRequest request) {
        String path = request.getPath();
        return path != null && steering.isHubFile(host.getSchemeName(), host.toHostString(), path);
    }

    static @Nullable Link find(Steering steering, HttpHost host, HttpRequest request) {
        return steering.hasLinks() ? steering.find(request.getMethod(), address(host, request)) : null;
    }

    static Function<String, @Nullable String> header(MessageHeaders message) {
        return name -> {
            Header header = message.getFirstHeader(name);
            return header == null ? null : header.getValue();
        };
    }

    private static String address(HttpHost host, HttpRequest request) {
        return host.toURI() + request.getPath();
    }

    static void look(Steering steering, HttpHost host, HttpRequest request, HttpResponse response) {
        String location = header(response).apply("Location");
        if (location == null) return;
        steering.left(
                request.getPath(),
                header(request).apply("Authorization"),
                response.getCode(),
                header(response),
                response.getVersion(),
                URI.create(address(host, request)).resolve(location).toString());
    }
}
