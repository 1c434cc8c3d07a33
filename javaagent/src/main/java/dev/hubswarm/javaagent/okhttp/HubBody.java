package dev.hubswarm.javaagent.okhttp;

import dev.hubswarm.javaagent.core.Answer;
import okhttp3.MediaType;
import okhttp3.ResponseBody;
import okio.BufferedSource;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/** A body from the agent, as OkHttp hands bodies out. Used by one thread. */
final class HubBody extends ResponseBody {
    private final @Nullable MediaType type;
    private final long length;
    private final BufferedSource source;

    HubBody(Answer answer) {
        String said = answer.headers().get("Content-Type");
        type = said == null ? null : MediaType.parse(said);
        length = answer.length();
        source = Okio.buffer(Okio.source(answer.body()));
    }

    @Override
    public @Nullable MediaType contentType() {
        return type;
    }

    @Override
    public long contentLength() {
        return length;
    }

    @Override
    public BufferedSource source() {
        return source;
    }
}
