package dev.hubswarm.javaagent.huc;

import dev.hubswarm.javaagent.core.Answer;
import dev.hubswarm.javaagent.core.Rest;
import dev.hubswarm.javaagent.core.Switchboard;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URL;
import java.net.URLConnection;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.HttpsURLConnection;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's connection, whose state we read and set: so the program keeps the very object it has, and all that it may ask
 * of it works as ever. Opened to us by {@code redefineModule}; if a JDK names something otherwise, the making of this
 * fails and with it only this hook. Thread-safe.
 */
final class Inside {
    /** What the JDK keeps from another host when it follows a redirect. */
    private static final Set<String> SECRETS = Set.of("authorization", "cookie", "cookie2");

    private final Field inputStream;
    private final Field responses;
    private final Field requests;
    private final Field userHeaders;
    private final Field instProxy;
    private final Field url;
    private final Field connected;
    private final Method disconnectInternal;
    private final Method findValue;
    private final Method getKey;
    private final Method getValue;
    private final Method addHeader;
    private final Constructor<?> newHeaders;

    Inside() throws ReflectiveOperationException {
        Class<?> type = Class.forName("sun.net.www.protocol.http.HttpURLConnection");
        inputStream = field(type, "inputStream");
        responses = field(type, "responses");
        requests = field(type, "requests");
        userHeaders = field(type, "userHeaders");
        instProxy = field(type, "instProxy");
        url = field(URLConnection.class, "url");
        connected = field(URLConnection.class, "connected");
        disconnectInternal = type.getDeclaredMethod("disconnectInternal");
        disconnectInternal.setAccessible(true);
        Class<?> headers = responses.getType();
        newHeaders = headers.getConstructor();
        newHeaders.setAccessible(true);
        findValue = method(headers, "findValue", String.class);
        getKey = method(headers, "getKey", int.class);
        getValue = method(headers, "getValue", int.class);
        addHeader = method(headers, "add", String.class, String.class);
    }

    private static Field field(Class<?> type, String name) throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }

    private static Method method(Class<?> type, String name, Class<?>... arguments)
            throws ReflectiveOperationException {
        Method method = type.getMethod(name, arguments);
        method.setAccessible(true);
        return method;
    }

    /** Whether the connection has its answer. */
    boolean isAnswered(HttpURLConnection connection) throws ReflectiveOperationException {
        return inputStream.get(connection) != null;
    }

    /** Of the answer; the public getters would wait for one. */
    @Nullable
    String said(HttpURLConnection connection, String name) {
        return find(responses, connection, name);
    }

    /** Of what was sent, with what the public getters keep to themselves. */
    @Nullable
    String sent(HttpURLConnection connection, String name) {
        return find(requests, connection, name);
    }

    @Nullable
    String wanted(HttpURLConnection connection, String name) {
        return find(userHeaders, connection, name);
    }

    private @Nullable String find(Field headers, HttpURLConnection connection, String name) {
        try {
            Object all = headers.get(connection);
            return all == null ? null : (String) findValue.invoke(all, name);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** -1 if there is none. */
    int status(HttpURLConnection connection) throws ReflectiveOperationException {
        Object all = responses.get(connection);
        String line = all == null ? null : (String) getValue.invoke(all, 0);
        return line != null && line.matches("HTTP/1\\.[01] \\d{3}.*") ? Integer.parseInt(line.substring(9, 12)) : -1;
    }

    /** Makes the answer the connection's own. */
    void answer(HttpURLConnection connection, URL from, Answer answer) throws ReflectiveOperationException {
        Object headers = newHeaders.newInstance();
        addHeader.invoke(headers, null, "HTTP/1.1 " + answer.status() + ' ' + answer.reason());
        for (Map.Entry<String, String> header : answer.headers().entrySet())
            addHeader.invoke(headers, header.getKey(), header.getValue());
        // What it had opened to the Hub is not read to its end.
        disconnectInternal.invoke(connection);
        url.set(connection, from);
        responses.set(connection, headers);
        connected.set(connection, true);
        inputStream.set(connection, answer.body());
    }

    /** The same request for a part, with the same proxy, trust and headers. */
    Rest rest(HttpURLConnection connection, URL from) {
        boolean isElsewhere =
                !from.getAuthority().equalsIgnoreCase(connection.getURL().getAuthority());
        return (first, last) -> Switchboard.untouched(() -> part(connection, from, isElsewhere, first, last));
    }

    private Rest.Reply part(HttpURLConnection connection, URL from, boolean isElsewhere, long first, long last)
            throws IOException, ReflectiveOperationException {
        Proxy proxy = (Proxy) instProxy.get(connection);
        HttpURLConnection other =
                (HttpURLConnection) (proxy == null ? from.openConnection() : from.openConnection(proxy));
        if (other instanceof HttpsURLConnection secure) copyTrust(connection, secure);
        other.setConnectTimeout(connection.getConnectTimeout());
        other.setReadTimeout(connection.getReadTimeout());
        Object headers = userHeaders.get(connection);
        for (int i = 0; getKey.invoke(headers, i) instanceof String name; i++)
            if (!isElsewhere || !SECRETS.contains(name.toLowerCase(Locale.ROOT)))
                other.addRequestProperty(name, (String) getValue.invoke(headers, i));
        other.setRequestProperty("Range", "bytes=" + first + '-' + last);
        int status = other.getResponseCode();
        String range = other.getHeaderField("Content-Range");
        InputStream body = status < 400 ? other.getInputStream() : InputStream.nullInputStream();
        return new Rest.Reply(status, range == null ? "" : range, body);
    }

    private static void copyTrust(HttpURLConnection connection, HttpsURLConnection to)
            throws ReflectiveOperationException {
        HttpsURLConnection facade = (HttpsURLConnection)
                field(connection.getClass(), "httpsURLConnection").get(connection);
        to.setSSLSocketFactory(facade.getSSLSocketFactory());
        to.setHostnameVerifier(facade.getHostnameVerifier());
    }
}
