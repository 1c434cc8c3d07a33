package dev.hubswarm.base;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trust in the runtime's certificate authorities and those of one more file. Thread-safe.
 *
 * <p>To huggingface_hub such a file replaces the others. Here it adds to them, since a file with nothing but the
 * company's own authority is a common mistake. The runtime's are read when first needed: it takes 70 ms, which a
 * mirror without TLS does not need.
 */
public final class TlsTrust {
    private record Loaded(SSLSocketFactory sockets, X509TrustManager trust, TrustManagerFactory factory) {}

    private final Collection<? extends Certificate> extra;
    private @Nullable Loaded loaded;

    private TlsTrust(Collection<? extends Certificate> extra) {
        this.extra = extra;
    }

    /** @param extraCa a PEM file with more certificate authorities */
    public static TlsTrust of(@Nullable Path extraCa) throws UserError {
        return extraCa == null ? ofRuntime() : new TlsTrust(read(extraCa));
    }

    public static TlsTrust ofRuntime() {
        return new TlsTrust(List.of());
    }

    /** They do not compare the host's name with the certificate: whoever opens one must. */
    public SSLSocketFactory sockets() {
        return loaded().sockets;
    }

    public X509TrustManager trust() {
        return loaded().trust;
    }

    /** For other libraries than OkHttp; these, too, must compare the name. */
    public TrustManagerFactory trustManagers() {
        return loaded().factory;
    }

    private synchronized Loaded loaded() {
        if (loaded == null) loaded = load();
        return loaded;
    }

    private Loaded load() {
        try {
            TrustManagerFactory factory = factory(null);
            if (!extra.isEmpty()) {
                KeyStore all = KeyStore.getInstance(KeyStore.getDefaultType());
                all.load(null, null);
                int count = 0;
                for (X509Certificate root : trust(factory).getAcceptedIssuers())
                    all.setCertificateEntry("root" + count++, root);
                for (Certificate root : extra) all.setCertificateEntry("extra" + count++, root);
                factory = factory(all);
            }
            X509TrustManager trust = trust(factory);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {trust}, null);
            return new Loaded(context.getSocketFactory(), trust, factory);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java runtime has no TLS", e);
        }
    }

    private static TrustManagerFactory factory(@Nullable KeyStore roots) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(roots);
        return factory;
    }

    private static X509TrustManager trust(TrustManagerFactory factory) throws GeneralSecurityException {
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager trust) return trust;
        }
        throw new GeneralSecurityException("no trust manager");
    }

    private static Collection<? extends Certificate> read(Path file) throws UserError {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            Collection<? extends Certificate> found =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (found.isEmpty()) throw new CertificateException("no certificate in it");
            return found;
        } catch (IOException | CertificateException e) {
            throw new UserError(
                    UserError.Kind.FAILED,
                    "Cannot read certificate authorities from " + file + ".",
                    "Let SSL_CERT_FILE or REQUESTS_CA_BUNDLE name a file of PEM certificates, or unset it.",
                    e);
        }
    }
}
