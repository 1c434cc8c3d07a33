package dev.hubswarm.agent.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A request that goes on as it is, and its answer, both as streams. Confined to the client's loop. */
final class PassThrough implements Exchange, UpstreamListener {
    private final ClientConnection client;
    private final UpstreamPool upstream;
    private final UpstreamRequest request;
    private final Relay relay;
    private @Nullable UpstreamCall call;

    PassThrough(ClientConnection client, UpstreamPool upstream, UpstreamRequest request, Relay relay) {
        this.client = client;
        this.upstream = upstream;
        this.request = request;
        this.relay = relay;
    }

    @Override
    public void begin() {
        call = upstream.send(request, this);
    }

    @Override
    public void ready() {
        client.read();
    }

    @Override
    public void body(HttpContent content) {
        UpstreamCall open = call;
        if (!request.hasBody() || open == null) {
            content.release();
            return;
        }
        open.write(content);
        if (!open.isWritable()) client.readNoMore();
    }

    @Override
    public void writable() {
        // Of both sides: whoever was waited for goes on.
        UpstreamCall open = call;
        if (open == null || open.isOver()) return;
        if (client.isWritable()) open.resume();
        if (open.isWritable()) client.read();
    }

    @Override
    public void head(HttpResponse response) {
        relay.head(response);
    }

    @Override
    public void content(ByteBuf content) {
        try {
            relay.content(content);
        } catch (IOException e) {
            if (call != null) call.cancel();
            failed(e);
            return;
        }
        if (call != null && !client.isWritable()) call.pause();
    }

    @Override
    public void end() {
        try {
            relay.end();
        } catch (IOException e) {
            failed(e);
        }
    }

    @Override
    public void failed(IOException why) {
        relay.release();
        if (client.hasHead()) client.cut();
        else client.refuse(Failure.of(request.origin(), why));
    }

    @Override
    public void gone() {
        relay.release();
        if (call != null) call.cancel();
    }
}
