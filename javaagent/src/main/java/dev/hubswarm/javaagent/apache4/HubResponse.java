package dev.hubswarm.javaagent.apache4;

import dev.hubswarm.javaagent.core.Answer;
import java.io.IOException;
import org.apache.http.ProtocolVersion;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.entity.InputStreamEntity;
import org.apache.http.message.BasicHttpResponse;

/** An answer from the agent, as this client hands answers out. Used by one thread. */
final class HubResponse extends BasicHttpResponse implements CloseableHttpResponse {
    private final Answer answer;

    HubResponse(Answer answer, ProtocolVersion version) {
        super(version, answer.status(), answer.reason());
        this.answer = answer;
        answer.headers().forEach(this::setHeader);
        InputStreamEntity entity = new InputStreamEntity(answer.body(), answer.length());
        entity.setContentType(answer.headers().get("Content-Type"));
        setEntity(entity);
    }

    @Override
    public void close() throws IOException {
        answer.body().close();
    }
}
