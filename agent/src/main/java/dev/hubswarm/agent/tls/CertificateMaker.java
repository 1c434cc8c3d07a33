package dev.hubswarm.agent.tls;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import javax.security.auth.x500.X500Principal;

/**
 * Makes the three kinds of certificates there are here: a root, the issuer below it, and a host's (RFC 5280). Thread-safe.
 *
 * <p>The rules about names stand in the issuer as well as in the root, since Java passes over those of a root.
 */
final class CertificateMaker {
    static final String SIGNATURE = "SHA256withECDSA";
    private static final String SIGNATURE_OID = "1.2.840.10045.4.3.2";
    private static final String COMMON_NAME = "2.5.4.3";
    private static final String ORGANISATION = "2.5.4.10";
    private static final String SUBJECT_KEY = "2.5.29.14";
    private static final String KEY_USAGE = "2.5.29.15";
    private static final String ALTERNATIVE_NAME = "2.5.29.17";
    private static final String BASIC_CONSTRAINTS = "2.5.29.19";
    private static final String AUTHORITY_KEY = "2.5.29.35";
    private static final String EXTENDED_USAGE = "2.5.29.37";
    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    private static final int DNS_NAME = 2;
    private static final int VERSION_3 = 2;
    private static final int EXTENSIONS = 3;
    private static final int SERIAL_BITS = 126;
    private static final int KEY_ID_BYTES = 20;
    /** RFC 5280, upper bounds of appendix A. A longer host stands in the alternative name alone, which is what counts. */
    private static final int LONGEST_COMMON_NAME = 64;

    /** The number of trailing bits that are not used, and the bits: keyCertSign, and digitalSignature. */
    private static final byte[] SIGNS_CERTIFICATES = Der.bits(2, new byte[] {0x04});

    private static final byte[] SIGNS_HANDSHAKES = Der.bits(7, new byte[] {(byte) 0x80});

    private final SecureRandom random;

    CertificateMaker(SecureRandom random) {
        this.random = random;
    }

    KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw noCryptography(e);
        }
    }

    X509Certificate root(KeyPair keys, Collection<String> hosts, Instant from, Instant to) {
        byte[] subject = name("hubswarm local root " + shortId(keys.getPublic()));
        return sign(keys.getPrivate(), subject, subject, keys.getPublic(), from, to, authority(keys, 1, hosts));
    }

    X509Certificate issuer(
            KeyPair keys,
            X509Certificate root,
            PrivateKey rootKey,
            Collection<String> hosts,
            Instant from,
            Instant to) {
        List<byte[]> extensions = authority(keys, 0, hosts);
        extensions.add(extension(EXTENDED_USAGE, false, Der.sequence(Der.oid(SERVER_AUTH))));
        extensions.add(issuedBy(root));
        byte[] subject = name("hubswarm local issuer " + shortId(keys.getPublic()));
        return sign(rootKey, encoded(root), subject, keys.getPublic(), from, to, extensions);
    }

    /** Without an identifier of its own key: SChannel stumbles over one. */
    X509Certificate host(
            String host, PublicKey key, X509Certificate issuer, PrivateKey issuerKey, Instant from, Instant to) {
        byte[] dnsName = Der.simpleField(DNS_NAME, host.getBytes(StandardCharsets.US_ASCII));
        List<byte[]> extensions = List.of(
                extension(BASIC_CONSTRAINTS, true, Der.sequence()),
                extension(KEY_USAGE, true, SIGNS_HANDSHAKES),
                extension(EXTENDED_USAGE, false, Der.sequence(Der.oid(SERVER_AUTH))),
                extension(ALTERNATIVE_NAME, false, Der.sequence(dnsName)),
                issuedBy(issuer));
        byte[] subject = host.length() > LONGEST_COMMON_NAME ? name() : name(host);
        return sign(issuerKey, encoded(issuer), subject, key, from, to, extensions);
    }

    private static List<byte[]> authority(KeyPair keys, int authoritiesBelow, Collection<String> hosts) {
        return new ArrayList<>(List.of(
                extension(
                        BASIC_CONSTRAINTS,
                        true,
                        Der.sequence(Der.yes(), Der.integer(BigInteger.valueOf(authoritiesBelow)))),
                extension(KEY_USAGE, true, SIGNS_CERTIFICATES),
                extension(NameConstraints.OID, true, NameConstraints.encode(hosts)),
                extension(SUBJECT_KEY, false, Der.octets(keyId(keys.getPublic())))));
    }

    /** Byte for byte the identifier that the issuer has of itself: OpenSSL, and with it Python, insists on it. */
    private static byte[] issuedBy(X509Certificate issuer) {
        return extension(AUTHORITY_KEY, false, Der.sequence(Der.simpleField(0, keyId(issuer.getPublicKey()))));
    }

    private static byte[] extension(String oid, boolean critical, byte[] value) {
        byte[] wrapped = Der.octets(value);
        return critical ? Der.sequence(Der.oid(oid), Der.yes(), wrapped) : Der.sequence(Der.oid(oid), wrapped);
    }

    private static byte[] name(String... common) {
        byte[] organisation = Der.set(Der.sequence(Der.oid(ORGANISATION), Der.text("hubswarm")));
        if (common.length == 0) return Der.sequence(organisation);
        return Der.sequence(organisation, Der.set(Der.sequence(Der.oid(COMMON_NAME), Der.text(common[0]))));
    }

    private static byte[] encoded(X509Certificate issuer) {
        X500Principal subject = issuer.getSubjectX500Principal();
        return subject.getEncoded();
    }

    private X509Certificate sign(
            PrivateKey signer,
            byte[] issuer,
            byte[] subject,
            PublicKey key,
            Instant from,
            Instant to,
            List<byte[]> extensions) {
        byte[] algorithm = Der.sequence(Der.oid(SIGNATURE_OID));
        byte[] content = Der.sequence(
                Der.field(0, Der.integer(BigInteger.valueOf(VERSION_3))),
                Der.integer(new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS)),
                algorithm,
                issuer,
                Der.sequence(Der.time(from), Der.time(to)),
                subject,
                key.getEncoded(),
                Der.field(EXTENSIONS, Der.sequence(extensions.toArray(byte[][]::new))));
        try {
            Signature signature = Signature.getInstance(SIGNATURE);
            signature.initSign(signer, random);
            signature.update(content);
            byte[] whole = Der.sequence(content, algorithm, Der.bits(0, signature.sign()));
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole));
        } catch (GeneralSecurityException e) {
            throw noCryptography(e);
        }
    }

    private static byte[] keyId(PublicKey key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
            return Arrays.copyOf(digest, KEY_ID_BYTES);
        } catch (GeneralSecurityException e) {
            throw noCryptography(e);
        }
    }

    /** In the name, so that no two authorities have the same one. */
    private static String shortId(PublicKey key) {
        return HexFormat.of().formatHex(keyId(key), 0, 4);
    }

    static IllegalStateException noCryptography(GeneralSecurityException e) {
        return new IllegalStateException("this Java runtime lacks what TLS needs", e);
    }
}
