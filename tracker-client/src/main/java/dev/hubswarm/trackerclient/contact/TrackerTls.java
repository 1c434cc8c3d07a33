package dev.hubswarm.trackerclient.contact;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Who vouches for trackers that are reached by TLS. Thread-safe. */
public record TrackerTls(SSLSocketFactory sockets, X509TrustManager trust) {
    /** Trusts the runtime's certificate authorities. Takes a tenth of a second. */
    public static TrackerTls ofRuntime() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509TrustManager trust) return of(trust);
            }
            throw new GeneralSecurityException("no trust manager");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime has no TLS", e);
        }
    }

    public static TrackerTls of(X509TrustManager trust) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {trust}, null);
        return new TrackerTls(context.getSocketFactory(), trust);
    }
}
