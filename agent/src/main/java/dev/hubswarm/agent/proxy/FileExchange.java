package dev.hubswarm.agent.proxy;

import dev.hubswarm.agent.accelerator.Deliveries;
import dev.hubswarm.agent.accelerator.Delivery;
import dev.hubswarm.base.ContentDigest.Kind;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.HubRequest;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file that a client asks for. What the Hub says of it decides who gets it; where it is decides how: from the cache,
 * from a {@link Delivery}, from storage, or, if it is small, from the Hub's answer itself. Confined to the client's loop.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class FileExchange implements Exchange, UpstreamListener, StorageStream.Owner {
    /** Clients give up after ten seconds; some ask again, with more time. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final int MOST_REDIRECTS = 5;
    /** Smaller ones are not worth asking anybody but the Hub. */
    private static final long LEAST_DELIVERED = 1 << 20;

    private static final String COMMIT = "X-Repo-Commit";
    private static final Pattern TO_THE_END = Pattern.compile("bytes=\\d+-");

    private final ClientConnection client;
    private final ProxyDesk desk;
    private final UpstreamPool upstream;
    private final FileQuestion question;
    private URI asked;
    private int redirects;
    private boolean isLinkRenewed;
    /** From where the next link is to be read. */
    private long resumeAt;

    private boolean isOver;
    private @Nullable String commit;
    private @Nullable UpstreamCall call;
    private @Nullable Relay relay;
    private @Nullable WithheldAnswer withheld;
    private @Nullable KnownFile known;
    private RangePlan plan = new RangePlan(false, List.of());
    private @Nullable StorageStream stream;
    private @Nullable FileBody body;

    FileExchange(ClientConnection client, ProxyDesk desk, UpstreamPool upstream, FileQuestion question) {
        this(client, desk, upstream, question, null);
    }

    /** @param told what the client may read, if that is known */
    FileExchange(
            ClientConnection client,
            ProxyDesk desk,
            UpstreamPool upstream,
            FileQuestion question,
            @Nullable KnownFile told) {
        this.known = told;
        this.client = client;
        this.desk = desk;
        this.upstream = upstream;
        this.question = question;
        this.asked = URI.create(desk.hub().url());
    }

    // What is known already.

    @Override
    public void begin() {
        if (known != null) {
            answer(known);
            return;
        }
        HubRequest.Resolve file = question.file();
        RemoteFile open = file.revision().isCommit()
                ? desk.notes().today(file.repo(), file.revision().name(), file.path())
                : null;
        // Files that go by Xet alone have more to be said of them.
        if (open == null || open.size() > XetTraces.MOST_BY_HTTP) recall();
        else if (question.isHead()) answer(KnownFile.of(open));
        else cached(() -> desk.cached().open(KnownFile.of(open)), this::recall);
    }

    private void recall() {
        boolean mayMove = !question.file().revision().isCommit();
        KnownFile granted =
                question.isHead() && mayMove ? null : desk.grants().get(question.authorization(), question.target());
        if (granted != null) answer(granted);
        else ask(question.target());
    }

    // What the Hub says.

    private void ask(String target) {
        if (desk.origin().config().offline()) {
            offline(() -> client.refuse(Failure.OFFLINE));
            return;
        }
        asked = URI.create(desk.hub().url() + target);
        call = upstream.send(
                new UpstreamRequest(desk.hub(), question.method(), target, question.headers(), false, null, PATIENCE),
                this);
    }

    @Override
    public void head(HttpResponse response) {
        int status = response.status().code();
        HttpHeaders headers = response.headers();
        if (commit == null) commit = headers.get(COMMIT);
        URI next = status / 100 == 3 && status != 304
                ? Locations.follow(asked, headers.get(HttpHeaderNames.LOCATION))
                : null;
        if (next != null && desk.hub().equals(HttpOrigin.of(next)) && redirects++ < MOST_REDIRECTS) {
            discard();
            ask(next.getRawPath() + (next.getRawQuery() == null ? "" : "?" + next.getRawQuery()));
            return;
        }
        KnownFile found = next == null ? null : KnownFile.read(headers, question.file(), next);
        if (found != null) {
            discard();
            told(found);
        } else if (status >= 500) {
            // Its text waits until it is known whether the cache has the file.
            withheld = new WithheldAnswer(response);
            if (call != null) call.pause();
            offline(this::fail);
        } else {
            if (status == 200 && commit != null && question.authorization() == null) noteContent(headers);
            if (status == 401 || status == 403 || status == 404 || status == 410 || status == 451) forget();
            relay(response);
        }
    }

    private void told(KnownFile found) {
        URI location = found.location();
        desk.grants().put(question.authorization(), question.target(), found);
        if (location != null) {
            desk.grants().put(null, location.toString(), found);
            desk.links().put(location, new StorageLinks.Found(found.file(), question.file(), question.target()));
        }
        if (question.authorization() == null) desk.notes().told(found.file());
        StorageStream waiting = stream;
        if (waiting == null) answer(found);
        else goOn(found);
    }

    private void noteContent(HttpHeaders headers) {
        HttpHeaders whole = headers.copy();
        if (commit != null) whole.set(COMMIT, commit);
        RemoteFile seen = KnownFile.readContent(whole, question.file());
        if (seen != null) desk.notes().told(seen);
    }

    private void forget() {
        if (question.authorization() == null && question.file().revision().isCommit())
            desk.notes()
                    .remove(
                            question.file().repo(),
                            question.file().revision().name(),
                            question.file().path());
    }

    private void relay(HttpResponse response) {
        if (isOver) return;
        if (client.hasHead()) {
            discard();
            end(client::cut);
            return;
        }
        String seen = commit;
        relay = new Relay(client, question.rewriting(), false, headers -> {
            XetTraces.remove(headers);
            if (seen != null && !headers.contains(COMMIT)) headers.set(COMMIT, seen);
        });
        relay.head(response);
        WithheldAnswer before = withheld;
        withheld = null;
        if (before != null) before.handOn(this);
        if (call != null) call.resume();
    }

    /** As the Hub does. */
    private void fail() {
        if (withheld != null) relay(withheld.head());
    }

    @Override
    public void content(ByteBuf content) {
        if (withheld != null) {
            withheld.content(content);
            return;
        }
        Relay on = relay;
        if (on == null) {
            content.release();
            return;
        }
        try {
            on.content(content);
        } catch (IOException e) {
            throw new IllegalStateException("nothing in it is changed", e);
        }
        if (call != null && !client.isWritable()) call.pause();
    }

    @Override
    public void end() {
        if (withheld != null) withheld.end();
        else if (relay != null) end(client::end);
    }

    @Override
    public void failed(IOException why) {
        if (isOver) return;
        if (withheld != null) withheld.fail(why);
        else if (client.hasHead()) end(client::cut);
        else offline(() -> client.refuse(Failure.of(desk.hub(), why)));
    }

    private void discard() {
        if (call != null) call.discard();
        call = null;
    }

    /** Gives what anybody might read when it could be asked; else does as it is told. */
    private void offline(Runnable otherwise) {
        if (stream != null) otherwise.run();
        else cached(() -> desk.cached().openOffline(question.file()), otherwise);
    }

    // The answer.

    private void answer(KnownFile file) {
        known = file;
        if (file.matches(question.headers().get(HttpHeaderNames.IF_NONE_MATCH))) {
            head(HttpResponseStatus.NOT_MODIFIED, file, headers -> headers.remove(HttpHeaderNames.CONTENT_TYPE));
            end(client::end);
        } else if (question.isHead()) {
            head(
                    HttpResponseStatus.OK,
                    file,
                    headers -> headers.set(
                            HttpHeaderNames.CONTENT_LENGTH, file.file().size()));
            end(client::end);
        } else {
            cached(() -> desk.cached().open(file), () -> uncached(file));
        }
    }

    private void head(HttpResponseStatus status, KnownFile file, Consumer<HttpHeaders> more) {
        HttpHeaders headers = file.headers(question.rewriting());
        more.accept(headers);
        client.head(new DefaultHttpResponse(HttpVersion.HTTP_1_1, status, headers));
    }

    /** Looks for the file where that may take a moment. */
    private void cached(Supplier<CachedFiles.@Nullable Found> where, Runnable otherwise) {
        try {
            desk.files().execute(() -> {
                CachedFiles.Found found = where.get();
                client.loop().execute(() -> {
                    if (found == null) {
                        if (!isOver) otherwise.run();
                    } else if (isOver) {
                        FileBody.close(found.bytes());
                    } else {
                        send(found);
                    }
                });
            });
        } catch (RejectedExecutionException e) {
            otherwise.run();
        }
    }

    private void send(CachedFiles.Found found) {
        if (call != null) {
            // Whose answer was no help.
            call.cancel();
            call = null;
        }
        if (withheld != null) withheld.release();
        withheld = null;
        KnownFile file = found.file();
        known = file;
        if (file.matches(question.headers().get(HttpHeaderNames.IF_NONE_MATCH)) || question.isHead()) {
            FileBody.close(found.bytes());
            answer(file);
            return;
        }
        if (question.authorization() != null) desk.notes().consider(file.file());
        if (!planFor(file)) {
            FileBody.close(found.bytes());
            return;
        }
        FileBody cachedBody = FileBody.of(
                client, desk.files(), found.bytes(), plan, file.file().size());
        body = cachedBody;
        boolean isMultiple = plan.isMultiple();
        if (isMultiple)
            head(HttpResponseStatus.PARTIAL_CONTENT, file, headers -> {
                headers.set(HttpHeaderNames.CONTENT_TYPE, cachedBody.type());
                headers.set(HttpHeaderNames.CONTENT_LENGTH, cachedBody.length());
            });
        else if (!headForPlan(file)) return;
        Runnable cut = () -> end(client::cut);
        cachedBody.begin(() -> end(client::end), cut, cut);
    }

    /** False if it may not be asked for in that way, which was said. */
    private boolean planFor(KnownFile file) {
        String range = question.headers().get(HttpHeaderNames.RANGE);
        if (range != null && desk.deliveries().wasWrong(file.file().digest())) {
            // Who goes on from what was wrong must begin anew.
            if (!TO_THE_END.matcher(range).matches()) {
                end(() -> client.refuse(Failure.WITHDRAWN));
                return false;
            }
            range = null;
        }
        plan = RangePlan.of(
                range,
                question.headers().get(HttpHeaderNames.IF_RANGE),
                file.etag(),
                file.file().size());
        return true;
    }

    /** For the whole or one range of it. False if that was all there is to say. */
    private boolean headForPlan(KnownFile file) {
        long size = file.file().size();
        if (plan.isUnsatisfiable()) {
            head(HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE, file, headers -> {
                headers.set(HttpHeaderNames.CONTENT_RANGE, "bytes */" + size);
                headers.set(HttpHeaderNames.CONTENT_LENGTH, 0);
            });
            end(client::end);
            return false;
        }
        RangePlan.Span span = plan.first();
        head(plan.isPartial() ? HttpResponseStatus.PARTIAL_CONTENT : HttpResponseStatus.OK, file, headers -> {
            headers.set(HttpHeaderNames.CONTENT_LENGTH, span.length());
            if (plan.isPartial()) headers.set(HttpHeaderNames.CONTENT_RANGE, span.contentRange(size));
        });
        return true;
    }

    // What is not in the cache.

    private void uncached(KnownFile file) {
        if (file.location() == null) {
            ask(question.target());
            return;
        }
        if (!planFor(file)) return;
        // Several ranges at once are a liberty that a server need not take.
        if (plan.isMultiple())
            plan = RangePlan.of(null, null, file.etag(), file.file().size());
        if (plan.isUnsatisfiable()) {
            headForPlan(file);
            return;
        }
        RemoteFile remote = file.file();
        RangePlan.Span span = plan.first();
        boolean isDelivered = remote.digest().kind() == Kind.SHA256
                && remote.size() >= LEAST_DELIVERED
                && desk.interest().isInWhole(desk.grants().caller(question.authorization()), remote, span);
        if (!isDelivered) {
            stream(file, span);
            return;
        }
        Deliveries deliveries = desk.deliveries();
        deliveries
                .open(remote, file.location(), question.token(), span.from(), span.to())
                .whenComplete((opened, failure) -> {
                    Optional<Delivery> delivery = failure == null ? opened : Optional.empty();
                    client.loop().execute(() -> {
                        if (isOver) delivery.ifPresent(Delivery::close);
                        else if (delivery.isEmpty()) stream(file, span);
                        else deliver(file, delivery.get());
                    });
                });
    }

    private void deliver(KnownFile file, Delivery delivery) {
        body = FileBody.of(client, desk.files(), delivery, plan, file.file().size());
        headForPlan(file);
        body.begin(() -> end(client::end), () -> goOnFromStorage(file), () -> end(client::cut));
    }

    private void goOnFromStorage(KnownFile file) {
        FileBody failed = body;
        body = null;
        if (failed == null) return;
        long from = failed.at();
        failed.close();
        stream(file, new RangePlan.Span(from, plan.first().to()));
    }

    private void stream(KnownFile file, RangePlan.Span span) {
        URI location = file.location();
        if (location == null) {
            end(client::cut);
            return;
        }
        String agent = question.headers().get(HttpHeaderNames.USER_AGENT, "");
        stream = new StorageStream(client, upstream, file, location, agent, span, this);
        stream.begin();
    }

    @Override
    public void streams() {
        KnownFile file = known;
        if (!isOver && !client.hasHead() && file != null) headForPlan(file);
    }

    @Override
    public void streamed() {
        end(client::end);
    }

    /** A link lasts an hour, and a client may take longer. */
    @Override
    public void refused(long at, int status) {
        desk.grants().forget(question.authorization(), question.target());
        if (isLinkRenewed || isOver) {
            lost(desk.hub(), new IOException("storage answers " + status));
            return;
        }
        isLinkRenewed = true;
        resumeAt = at;
        redirects = 0;
        ask(question.target());
    }

    private void goOn(KnownFile found) {
        KnownFile before = known;
        if (before == null
                || !before.file().digest().equals(found.file().digest())
                || before.file().size() != found.file().size()) {
            end(client.hasHead() ? client::cut : () -> client.refuse(Failure.CHANGED));
            return;
        }
        stream(found, new RangePlan.Span(resumeAt, plan.first().to()));
    }

    @Override
    public void lost(HttpOrigin origin, IOException why) {
        end(client.hasHead() ? client::cut : () -> client.refuse(Failure.of(origin, why)));
    }

    // The end.

    @Override
    public void writable() {
        if (body != null) body.writable();
        else if (stream != null) stream.resume();
        else if (relay != null && call != null) call.resume();
    }

    private void end(Runnable how) {
        if (isOver) return;
        isOver = true;
        letGo();
        how.run();
    }

    @Override
    public void gone() {
        isOver = true;
        if (call != null) call.cancel();
        letGo();
    }

    private void letGo() {
        if (body != null) body.close();
        if (stream != null) stream.stop();
        if (withheld != null) withheld.release();
    }
}
