package dev.hubswarm.agent.tls;

import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;

/** Certificates for tests, and what Java says of them. Stateless. */
final class Certificates {
    static final SecureRandom RANDOM = new SecureRandom();
    static final Set<String> HOSTS = Set.of("huggingface.co", "hf.co");
    static final KeyPair HOST_KEYS = new CertificateMaker(RANDOM).keys();

    /** What whoever has stolen the issuer's key would sign: no name of the Hub's, and addresses in names' clothing. */
    static final List<String> FOREIGN = List.of(
            "example.org",
            "www.google.com",
            "github.com",
            "pypi.org",
            "evil-huggingface.co",
            "huggingface.co.evil.org",
            "xhf.co",
            "co",
            "com",
            "*.com",
            "*.co",
            "localhost",
            "10.0.0.1",
            "127.0.0.1",
            "xn--hggingface-9db.co",
            "huggingface.com",
            "hf.com",
            "bank.example",
            "login.microsoftonline.com",
            "registry.npmjs.org");

    private Certificates() {}

    static LocalAuthority authority(Instant now) {
        return LocalAuthority.make(HOSTS, now, RANDOM);
    }

    static X509Certificate host(LocalAuthority authority, String host, Instant now) {
        return authority.certify(host, HOST_KEYS.getPublic(), now, RANDOM);
    }

    /** Whether Java goes along with a chain below this root. */
    static boolean holds(X509Certificate root, Instant now, X509Certificate... chain) throws Exception {
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(now));
        try {
            CertPathValidator.getInstance("PKIX")
                    .validate(CertificateFactory.getInstance("X.509").generateCertPath(List.of(chain)), parameters);
            return true;
        } catch (CertPathValidatorException e) {
            return false;
        }
    }
}
