package dev.hubswarm.javaagent.host;

import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.List;

/** HttpURLConnection. */
public final class UrlProgram implements Program {
    public static void main(String[] args) throws Exception {
        new UrlProgram().run(args);
    }

    @Override
    public Seen call(Ask ask) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) new URL(ask.url()).openConnection();
        connection.setRequestMethod(ask.method());
        ask.headers().forEach(connection::setRequestProperty);
        connection.setInstanceFollowRedirects(ask.follow());
        if (ask.newest()) connection.connect();
        int status = connection.getResponseCode();
        byte[] body;
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            body = Program.all(in);
        }
        String version = connection.getHeaderField(0).split(" ", 2)[0];
        String uri = connection.getURL().toString();
        connection.disconnect();
        return new Seen(status, version, uri, connection::getHeaderField, body);
    }

    /** "newest" stands for those that connect first. */
    @Override
    public List<String> ways() {
        return List.of("sync", "newest");
    }
}
