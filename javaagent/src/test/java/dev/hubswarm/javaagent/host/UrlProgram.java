package dev.hubswarm.javaagent.host;

import java.io.InputStream;
import java.net.CookieHandler;
import java.net.CookieManager;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URL;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;

/** HttpURLConnection. */
public final class UrlProgram implements Program {
    public static void main(String[] args) throws Exception {
        CookieHandler.setDefault(new CookieManager());
        new UrlProgram().run(args);
    }

    @Override
    public Seen call(Ask ask) throws Exception {
        URL url = new URL(ask.url());
        HttpURLConnection connection = (HttpURLConnection)
                (Own.isSet() ? url.openConnection(new Proxy(Proxy.Type.HTTP, Own.proxy())) : url.openConnection());
        if (connection instanceof HttpsURLConnection secure && Own.isSet())
            secure.setSSLSocketFactory(Own.tls().getSocketFactory());
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
