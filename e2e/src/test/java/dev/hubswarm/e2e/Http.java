package dev.hubswarm.e2e;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** Short questions by HTTP. Stateless. */
final class Http {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private Http() {}

    static String get(String url, String token) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .header("Authorization", "Bearer " + token)
                .build();
        HttpResponse<String> answer = CLIENT.send(request, BodyHandlers.ofString());
        if (answer.statusCode() != 200) throw new IOException(answer.statusCode() + " " + answer.body());
        return answer.body();
    }

    static byte[] bytes(String url) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer =
                CLIENT.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) throw new IOException(url + ": " + answer.statusCode());
        return answer.body();
    }

    private static HttpResponse<Void> ask(String method, String url) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return CLIENT.send(request, BodyHandlers.discarding());
    }

    static void head(String url) throws IOException, InterruptedException {
        HttpResponse<Void> answer = ask("HEAD", url);
        if (answer.statusCode() != 200) throw new IOException(url + ": " + answer.statusCode());
    }

    /** Where that leads. */
    static String location(String url) throws IOException, InterruptedException {
        return ask("HEAD", url).headers().firstValue("Location").orElseThrow();
    }
}
