package dev.hubswarm.agent.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The authority of one user on one machine: a root, whose key no longer exists, and the issuer that it signed, which
 * may speak for the Hub's hosts alone (reliability.md T22). Immutable.
 */
public final class LocalAuthority {
    /** A clock that is slow by less does not make what is new invalid. */
    private static final Duration SLACK = Duration.ofDays(2);

    static final Duration LIFETIME = Duration.ofDays(397);
    static final Duration HOST_LIFETIME = Duration.ofDays(7);

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z ]+)-----\\s([A-Za-z0-9+/=\\s]+)-----END \\1-----");
    private static final String KEY = "PRIVATE KEY";
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final int LINE = 64;

    private final PrivateKey key;
    private final X509Certificate issuer;
    private final X509Certificate root;

    private LocalAuthority(PrivateKey key, X509Certificate issuer, X509Certificate root) {
        this.key = key;
        this.issuer = issuer;
        this.root = root;
    }

    static LocalAuthority make(Collection<String> hosts, Instant now, SecureRandom random) {
        CertificateMaker maker = new CertificateMaker(random);
        Instant from = now.minus(SLACK);
        Instant to = from.plus(LIFETIME);
        // Written nowhere, and gone with this method.
        KeyPair rootKeys = maker.keys();
        X509Certificate root = maker.root(rootKeys, hosts, from, to);
        KeyPair keys = maker.keys();
        X509Certificate issuer = maker.issuer(keys, root, rootKeys.getPrivate(), hosts, from, to);
        return new LocalAuthority(keys.getPrivate(), issuer, root);
    }

    /** What clients have to trust. */
    public X509Certificate root() {
        return root;
    }

    X509Certificate issuer() {
        return issuer;
    }

    /** The hosts that it may speak for, with all below them. */
    public Set<String> hosts() {
        return NameConstraints.hosts(issuer);
    }

    public Instant validFrom() {
        return issuer.getNotBefore().toInstant();
    }

    Instant madeAt() {
        return validFrom().plus(SLACK);
    }

    public Instant validUntil() {
        return issuer.getNotAfter().toInstant();
    }

    public boolean isValid(Instant now) {
        return !now.isBefore(validFrom()) && now.isBefore(validUntil());
    }

    boolean maySpeakFor(String host) {
        return hosts().stream().anyMatch(domain -> HubHosts.isBelow(host, domain));
    }

    /** The SHA-256 of the root, as system dialogs and {@code openssl x509 -fingerprint} show it. */
    public String fingerprint() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(root.getEncoded());
            return HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest);
        } catch (GeneralSecurityException e) {
            throw CertificateMaker.noCryptography(e);
        }
    }

    X509Certificate certify(String host, PublicKey hostKey, Instant now, SecureRandom random) {
        Instant from = now.minus(SLACK);
        Instant to = from.plus(HOST_LIFETIME);
        if (to.isAfter(validUntil())) to = validUntil();
        if (from.isBefore(validFrom())) from = validFrom();
        return new CertificateMaker(random).host(host, hostKey, issuer, key, from, to);
    }

    /** All of it, the secret key too, in one file, so that there is never half of it. */
    String toPem() {
        return pem(KEY, key.getEncoded()) + pem(issuer) + pem(root);
    }

    /** The root alone, for everybody. */
    public String rootPem() {
        return pem(root);
    }

    static String pem(X509Certificate certificate) {
        try {
            return pem(CERTIFICATE, certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw CertificateMaker.noCryptography(e);
        }
    }

    private static String pem(String kind, byte[] der) {
        String base64 = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n";
    }

    /** @throws IOException if it is not what {@link #toPem} wrote, or its parts do not belong together */
    static LocalAuthority parse(String pem) throws IOException {
        List<byte[]> keys = new ArrayList<>();
        List<Certificate> certificates = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            Matcher blocks = BLOCK.matcher(pem);
            while (blocks.find()) {
                byte[] der = Base64.getMimeDecoder().decode(blocks.group(2));
                if (blocks.group(1).equals(KEY)) keys.add(der);
                else certificates.add(factory.generateCertificate(new ByteArrayInputStream(der)));
            }
            if (keys.size() != 1 || certificates.size() != 2) throw new IOException("parts are missing");
            PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(keys.get(0)));
            LocalAuthority authority = new LocalAuthority(
                    key, (X509Certificate) certificates.get(0), (X509Certificate) certificates.get(1));
            authority.check();
            return authority;
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new IOException("no authority of ours: " + e.getMessage(), e);
        }
    }

    private void check() throws GeneralSecurityException, IOException {
        root.verify(root.getPublicKey());
        issuer.verify(root.getPublicKey());
        byte[] words = "one pair".getBytes(StandardCharsets.US_ASCII);
        Signature signature = Signature.getInstance(CertificateMaker.SIGNATURE);
        signature.initSign(key);
        signature.update(words);
        byte[] signed = signature.sign();
        signature.initVerify(issuer.getPublicKey());
        signature.update(words);
        if (!signature.verify(signed)) throw new IOException("the key is another one's");
        if (hosts().isEmpty()) throw new IOException("it could speak for everybody");
    }
}
