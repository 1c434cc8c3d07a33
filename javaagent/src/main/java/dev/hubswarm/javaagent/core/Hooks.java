package dev.hubswarm.javaagent.core;

import dev.hubswarm.javaagent.AgentLoader;
import dev.hubswarm.javaagent.huc.UrlConnectionHooks;
import dev.hubswarm.javaagent.jdk.HttpClientHook;
import org.jspecify.annotations.Nullable;

/**
 * One hook per kind of client, made at its first request: its classes may be of a module that this JVM does not have. No
 * lambdas here, which cost a start more than all the rest of the agent. Thread-safe.
 */
final class Hooks {
    private final Steering steering;
    private final LibraryHook okhttp;
    private final LibraryHook apache4;
    private final LibraryHook apache5;
    private final LibraryHook apache5Async;
    private volatile @Nullable UrlConnectionHooks urlConnection;
    private volatile @Nullable HttpClientHook httpClient;

    Hooks(Steering steering, AgentLoader loader) {
        this.steering = steering;
        okhttp = new LibraryHook("okhttp.OkHttpHook", loader, steering);
        apache4 = new LibraryHook("apache4.Apache4Hook", loader, steering);
        apache5 = new LibraryHook("apache5.Apache5Hook", loader, steering);
        apache5Async = new LibraryHook("apache5.Apache5AsyncHook", loader, steering);
    }

    @Nullable
    Object enter(String kind, Object[] call) throws Exception {
        return switch (kind) {
            case "huc" -> urlConnection().answer(call);
            case "huc-redirect" -> urlConnection().redirect(call);
            case "huc-leave" -> urlConnection().leave(call);
            case "jdk" -> httpClient().enter(call);
            case "okhttp" -> okhttp.enter(call);
            case "apache4" -> apache4.enter(call);
            case "apache5" -> apache5.enter(call);
            case "apache5-async" -> apache5Async.enter(call);
            default -> throw new IllegalStateException(kind);
        };
    }

    /** One only: it knows whose streams are open. */
    private UrlConnectionHooks urlConnection() throws ReflectiveOperationException {
        UrlConnectionHooks known = urlConnection;
        if (known != null) return known;
        synchronized (this) {
            UrlConnectionHooks made = urlConnection == null ? new UrlConnectionHooks(steering) : urlConnection;
            urlConnection = made;
            return made;
        }
    }

    private HttpClientHook httpClient() {
        HttpClientHook known = httpClient;
        if (known != null) return known;
        synchronized (this) {
            HttpClientHook made = httpClient == null ? new HttpClientHook(steering) : httpClient;
            httpClient = made;
            return made;
        }
    }
}
