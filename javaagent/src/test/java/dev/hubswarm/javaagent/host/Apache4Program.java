package dev.hubswarm.javaagent.host;

import java.util.List;
import org.apache.http.Header;
import org.apache.http.HttpHost;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpUriRequest;
import org.apache.http.client.methods.RequestBuilder;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.conn.ssl.SSLConnectionSocketFactory;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClientBuilder;
import org.apache.http.impl.client.HttpClients;

/** Apache HttpClient 4, in the version of the class path. */
public final class Apache4Program implements Program {
    private final CloseableHttpClient following = builder().build();
    private final CloseableHttpClient plain =
            builder().disableRedirectHandling().build();

    Apache4Program() throws Exception {}

    private static HttpClientBuilder builder() throws Exception {
        HttpClientBuilder builder = HttpClients.custom();
        if (!Own.isSet()) return builder;
        return builder.setProxy(new HttpHost("127.0.0.1", Own.proxy().getPort()))
                .setSSLSocketFactory(new SSLConnectionSocketFactory(Own.tls()));
    }

    public static void main(String[] args) throws Exception {
        new Apache4Program().run(args);
    }

    @Override
    public Seen call(Ask ask) throws Exception {
        RequestBuilder request = RequestBuilder.create(ask.method()).setUri(ask.url());
        ask.headers().forEach(request::setHeader);
        HttpClientContext context = HttpClientContext.create();
        HttpUriRequest built = request.build();
        try (CloseableHttpResponse response = (ask.follow() ? following : plain).execute(built, context)) {
            byte[] body = Program.all(
                    response.getEntity() == null ? null : response.getEntity().getContent());
            List<?> places = context.getRedirectLocations();
            String uri =
                    places == null ? ask.url() : places.get(places.size() - 1).toString();
            return new Seen(
                    response.getStatusLine().getStatusCode(),
                    response.getProtocolVersion() + (places == null ? "" : " after " + places.size()),
                    uri,
                    name -> {
                        Header header = response.getFirstHeader(name);
                        return header == null ? null : header.getValue();
                    },
                    body);
        }
    }
}
