package dev.hubswarm.javaagent.apache5;

import dev.hubswarm.javaagent.core.Answer;
import dev.hubswarm.javaagent.core.HubThreads;
import dev.hubswarm.javaagent.core.Link;
import dev.hubswarm.javaagent.core.PlainRest;
import dev.hubswarm.javaagent.core.Steering;
import dev.hubswarm.javaagent.core.Switchboard;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.hc.client5.http.async.AsyncExecCallback;
import org.apache.hc.client5.http.async.AsyncExecChain;
import org.apache.hc.client5.http.async.AsyncExecChainHandler;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.ProtocolVersion;
import org.apache.hc.core5.http.impl.BasicEntityDetails;
import org.apache.hc.core5.http.message.BasicHttpResponse;
import org.apache.hc.core5.http.nio.AsyncDataConsumer;
import org.apache.hc.core5.http.nio.AsyncEntityProducer;
import org.jspecify.annotations.Nullable;

/** One request of the asynchronous client. Immutable. */
record AsyncFile(
        Steering steering,
        AsyncExecChainHandler client,
        HttpRequest request,
        @Nullable AsyncEntityProducer producer,
        AsyncExecChain.Scope scope,
        AsyncExecChain chain,
        AsyncExecCallback callback) {
    private static final int PART = 64 << 10;

    /** Sends it, and looks where it leads. */
    void look() throws HttpException, IOException {
        send(new Looking());
    }

    private void send(AsyncExecCallback to) throws HttpException, IOException {
        HttpException failure = Switchboard.untouched(() -> {
            try {
                client.execute(request, producer, scope, chain, to);
                return null;
            } catch (HttpException e) {
                return e;
            }
        });
        if (failure != null) throw failure;
    }

    /** Asks the agent, on a thread of ours: here nothing may wait. */
    void fetch(Link link) {
        HubThreads.run(() -> {
            Answer answer = null;
            try {
                String address = scope.route.getTargetHost().toURI() + request.getPath();
                answer = steering.ask(
                        link,
                        Requests.header(request),
                        new PlainRest(address),
                        () -> scope.cancellableDependency.isCancelled());
            } catch (RuntimeException | LinkageError e) {
                steering.log().trouble("A request of Apache's asynchronous client", e);
            }
            try {
                if (answer == null) send(callback);
                else deliver(answer, link);
            } catch (Exception e) {
                callback.failed(e);
            }
        });
    }

    private void deliver(Answer answer, Link link) throws HttpException, IOException {
        try (var body = answer.body()) {
            BasicHttpResponse response = new BasicHttpResponse(answer.status(), answer.reason());
            if (link.version() instanceof ProtocolVersion version) response.setVersion(version);
            answer.headers().forEach(response::setHeader);
            ContentType type = ContentType.parse(answer.headers().get("Content-Type"));
            AsyncDataConsumer consumer =
                    callback.handleResponse(response, new BasicEntityDetails(answer.length(), type));
            Capacity capacity = new Capacity();
            byte[] part = new byte[PART];
            while (consumer != null) {
                int got = body.read(part);
                if (got < 0) break;
                capacity.give(consumer, ByteBuffer.wrap(part, 0, got), () -> scope.cancellableDependency.isCancelled());
                part = new byte[PART];
            }
            if (consumer != null) consumer.streamEnd(null);
        }
        callback.completed();
    }

    /** The program's callback, with a look at the answer before it. */
    private final class Looking implements AsyncExecCallback {
        @Override
        public @Nullable AsyncDataConsumer handleResponse(HttpResponse response, @Nullable EntityDetails details)
                throws HttpException, IOException {
            try {
                Requests.look(steering, scope.route.getTargetHost(), request, response);
            } catch (RuntimeException | LinkageError e) {
                steering.log().trouble("A redirect", e);
            }
            return callback.handleResponse(response, details);
        }

        @Override
        public void handleInformationResponse(HttpResponse response) throws HttpException, IOException {
            callback.handleInformationResponse(response);
        }

        @Override
        public void completed() {
            callback.completed();
        }

        @Override
        public void failed(Exception cause) {
            callback.failed(cause);
        }
    }
}
