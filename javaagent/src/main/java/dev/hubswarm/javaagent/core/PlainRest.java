package dev.hubswarm.javaagent.core;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;

/** The rest of a file by the JDK's plainest client, for clients that cannot be asked from here. Immutable. */
public record PlainRest(String address) implements Rest {
    private static final int PATIENCE_MILLIS = 30_000;

    @Override
    public Reply ask(long from, long to) throws IOException {
        return Switchboard.untouched(() -> {
            HttpURLConnection connection = (HttpURLConnection) new URL(address).openConnection();
            connection.setConnectTimeout(PATIENCE_MILLIS);
            connection.setReadTimeout(PATIENCE_MILLIS);
            connection.setRequestProperty("Range", "bytes=" + from + '-' + to);
            int status = connection.getResponseCode();
            String range = connection.getHeaderField("Content-Range");
            InputStream body = status < 400 ? connection.getInputStream() : InputStream.nullInputStream();
            return new Reply(status, range == null ? "" : range, body);
        });
    }
}
