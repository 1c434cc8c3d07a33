package dev.hubswarm.javaagent.host;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** What a program tells its client about the way to the Hub, where it does not leave that to its JVM. */
final class Own {
    private Own() {}

    static boolean isSet() {
        return System.getProperty("own.proxy") != null;
    }

    static InetSocketAddress proxy() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.getInteger("own.proxy"));
    }

    /** Trusts one certificate, which nobody else does. */
    static SSLContext tls() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new X509TrustManager[] {trust()}, null);
        return context;
    }

    static X509TrustManager trust() throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store());
        return (X509TrustManager) factory.getTrustManagers()[0];
    }

    static X509Certificate certificate() throws Exception {
        return (X509Certificate) store().getCertificate("hub");
    }

    private static KeyStore store() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(Path.of(System.getProperty("own.trust")))) {
            store.load(in, System.getProperty("own.password").toCharArray());
        }
        return store;
    }
}
