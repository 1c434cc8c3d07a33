package dev.hubswarm.javaagent.apache5;

import dev.hubswarm.javaagent.core.Hook;
import dev.hubswarm.javaagent.core.Link;
import dev.hubswarm.javaagent.core.Steering;
import dev.hubswarm.javaagent.core.Switchboard;
import org.apache.hc.client5.http.async.AsyncExecCallback;
import org.apache.hc.client5.http.async.AsyncExecChain;
import org.apache.hc.client5.http.async.AsyncExecChainHandler;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.nio.AsyncEntityProducer;
import org.jspecify.annotations.Nullable;

/** Apache HttpClient 5, asynchronous, before it connects; a request comes once for each redirect. Thread-safe. */
public final class Apache5AsyncHook implements Hook {
    private final Steering steering;

    public Apache5AsyncHook(Steering steering) {
        this.steering = steering;
    }

    @Override
    public @Nullable Object enter(Object[] call) throws Exception {
        HttpRequest request = (HttpRequest) call[1];
        AsyncExecChain.Scope scope = (AsyncExecChain.Scope) call[3];
        AsyncExecCallback callback = (AsyncExecCallback) call[5];
        HttpHost host = scope.route.getTargetHost();
        boolean atHub = Requests.isHubFile(steering, host, request);
        Link link = atHub ? null : Requests.find(steering, host, request);
        if (!atHub && link == null) return null;
        AsyncFile file = new AsyncFile(
                steering,
                (AsyncExecChainHandler) call[0],
                request,
                (AsyncEntityProducer) call[2],
                scope,
                (AsyncExecChain) call[4],
                callback);
        if (link == null) file.look();
        else file.fetch(link);
        return Switchboard.DONE;
    }
}
