package dev.hubswarm.javaagent.huc;

import dev.hubswarm.javaagent.core.Answer;
import dev.hubswarm.javaagent.core.Body;
import dev.hubswarm.javaagent.core.Link;
import dev.hubswarm.javaagent.core.Steering;
import dev.hubswarm.javaagent.core.Watch;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Three places of the JDK's connection: where it gets its answer, where it follows a redirect, and where it is left. A
 * redirect that it follows is followed to the agent; one that the program follows is remembered. Thread-safe.
 */
public final class UrlConnectionHooks {
    private final Steering steering;
    private final Inside inside;
    /** A connection closes its socket and not its stream, and here there is no socket that it knows. */
    private final Map<HttpURLConnection, WeakReference<Body>> bodies = new WeakHashMap<>();

    public UrlConnectionHooks(Steering steering) throws ReflectiveOperationException {
        this.steering = steering;
        inside = new Inside();
    }

    /** Of {@code getInputStream0()}, through which every answer comes. */
    public @Nullable Object answer(Object[] call) throws ReflectiveOperationException {
        HttpURLConnection connection = (HttpURLConnection) call[0];
        URL url = connection.getURL();
        boolean atHub = steering.isHubFile(url.getProtocol(), url.getAuthority(), url.getPath());
        if (!atHub && !steering.hasLinks()) return null;
        if (inside.isAnswered(connection) || !connection.getDoInput() || connection.getDoOutput()) return null;
        if (atHub) return new Watch(stream -> notFollowed(connection));
        return answer(connection, url);
    }

    private void notFollowed(HttpURLConnection connection) {
        URL url = connection.getURL();
        String location = inside.said(connection, "Location");
        if (location == null || !steering.isHubFile(url.getProtocol(), url.getAuthority(), url.getPath())) return;
        try {
            left(connection, url, inside.status(connection), new URL(url, location));
        } catch (IOException | ReflectiveOperationException e) {
            steering.log().trouble("A redirect", e);
        }
    }

    private void left(HttpURLConnection connection, URL url, int status, URL to) {
        steering.left(
                url.getFile(),
                inside.sent(connection, "Authorization"),
                status,
                name -> inside.said(connection, name),
                null,
                to.toExternalForm());
    }

    /** Of {@code followRedirect0(location, status, url)}, which says whether another request is to be sent. */
    public @Nullable Object redirect(Object[] call) throws ReflectiveOperationException {
        HttpURLConnection connection = (HttpURLConnection) call[0];
        URL url = connection.getURL();
        if (!(call[3] instanceof URL to) || !steering.isHubFile(url.getProtocol(), url.getAuthority(), url.getPath()))
            return null;
        left(connection, url, (int) call[2], to);
        if (connection.getDoOutput()) return null;
        return answer(connection, to) == null ? null : (Object) false;
    }

    private @Nullable Body answer(HttpURLConnection connection, URL from) throws ReflectiveOperationException {
        Link link = steering.find(connection.getRequestMethod(), from.toExternalForm());
        if (link == null) return null;
        Answer answer =
                steering.ask(link, name -> inside.wanted(connection, name), inside.rest(connection, from), () -> false);
        if (answer == null) return null;
        inside.answer(connection, from, answer);
        synchronized (bodies) {
            bodies.put(connection, new WeakReference<>(answer.body()));
        }
        return answer.body();
    }

    /** Of {@code disconnect()}. */
    public @Nullable Object leave(Object[] call) throws IOException {
        WeakReference<Body> known;
        synchronized (bodies) {
            known = bodies.isEmpty() ? null : bodies.remove((HttpURLConnection) call[0]);
        }
        Body body = known == null ? null : known.get();
        if (body != null) body.close();
        return null;
    }
}
