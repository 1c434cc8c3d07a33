package dev.hubswarm.hub.origin;

import dev.hubswarm.base.UserError;
import java.nio.file.Path;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Trust in the runtime's certificate authorities and those of one more file. Immutable. */
@SuppressWarnings("DoNotCallSuggester")
public record OriginTls(SSLSocketFactory sockets, X509TrustManager trust) {
    public static OriginTls of(@Nullable Path extraCa) throws UserError {
        throw new UnsupportedOperationException();
    }
}
