package dev.hubswarm.agent.tls;

import dev.hubswarm.base.UserError;
import dev.hubswarm.storage.FileStamp;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * TLS toward clients in the name of the Hub's hosts: a certificate per host, made when first asked for and kept in
 * memory. Thread-safe, one monitor.
 *
 * <p>As long as nobody has made an authority, and so no program can trust it, there is no certificate for anybody, and
 * connections pass untouched. A new authority counts from the next connection on; one that was made because the last was
 * about to end, a day later.
 */
public final class HubCertificates {
    private static final System.Logger LOG = System.getLogger(HubCertificates.class.getName());
    /** The Hub has a handful of hosts; a local program may ask for any number below {@code cdn.hf.co}. */
    private static final int MOST_HOSTS = 64;

    private static final int MOST_SESSIONS = 256;
    private static final Duration RENEWAL = LocalAuthority.HOST_LIFETIME.dividedBy(3);

    private record Made(LocalAuthority speaker, SslContext context, Instant until) {}

    private final CaFolder folder;
    private final HubHosts hosts;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Made> made = new LinkedHashMap<>(MOST_HOSTS, 0.75f, true);
    private @Nullable FileStamp stamp;
    private @Nullable LocalAuthority authority;
    private @Nullable LocalAuthority previous;
    private @Nullable KeyPair keys;

    /** @param clock the time of day, by which certificates are valid */
    public HubCertificates(CaFolder folder, HubHosts hosts, Clock clock) {
        this.folder = folder;
        this.hosts = hosts;
        this.clock = clock;
    }

    /** Whether {@link #contextFor} is worth asking. At once, on any thread. */
    public boolean isHub(String host) {
        return hosts.contains(host);
    }

    /**
     * What to speak TLS with as this host; null where the connection is to pass untouched. Reads a file and signs, so
     * not for an event loop.
     *
     * @param host as the client names it in its CONNECT, without the port
     */
    public synchronized @Nullable SslContext contextFor(String host) {
        String name = HubHosts.normal(host);
        if (name == null || !hosts.contains(name)) return null;
        refresh();
        Instant now = clock.instant();
        LocalAuthority speaker = speaker(name, now);
        if (speaker == null) return null;
        Made known = made.get(name);
        if (known != null && known.speaker != speaker) known = null;
        if (known != null && now.plus(RENEWAL).isBefore(known.until)) return known.context;
        Made fresh = make(name, speaker, now);
        // Near the authority's end each one lives only as long as that, and is not worth making at each connection.
        if (known != null && !fresh.until.isAfter(known.until)) return known.context;
        made.put(name, fresh);
        if (made.size() > MOST_HOSTS) made.remove(made.keySet().iterator().next());
        return fresh.context;
    }

    private @Nullable LocalAuthority speaker(String name, Instant now) {
        LocalAuthority current = authority;
        if (current == null || !current.isValid(now) || !current.maySpeakFor(name)) return null;
        LocalAuthority before = previous;
        boolean isBefore = before != null && before.maySpeakFor(name) && CaFolder.overlaps(before, current, now);
        return isBefore ? before : current;
    }

    private Made make(String host, LocalAuthority speaker, Instant now) {
        if (keys == null) keys = new CertificateMaker(random).keys();
        X509Certificate certificate = speaker.certify(host, keys.getPublic(), now, random);
        try {
            SslContext context = SslContextBuilder.forServer(keys.getPrivate(), certificate, speaker.issuer())
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .sessionCacheSize(MOST_SESSIONS)
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            Protocol.ALPN,
                            SelectorFailureBehavior.NO_ADVERTISE,
                            SelectedListenerFailureBehavior.ACCEPT,
                            ApplicationProtocolNames.HTTP_1_1))
                    .build();
            return new Made(speaker, context, certificate.getNotAfter().toInstant());
        } catch (SSLException e) {
            throw new IllegalStateException("a certificate of our own is refused", e);
        }
    }

    private void refresh() {
        FileStamp found = stamp();
        if (found == null ? stamp == null : found.equals(stamp)) return;
        stamp = found;
        made.clear();
        authority = null;
        previous = null;
        try {
            LocalAuthority current = folder.read();
            authority = current;
            previous = current == null ? null : folder.previous(current, clock.instant());
        } catch (UserError e) {
            LOG.log(System.Logger.Level.WARNING, () -> "TLS connections to the Hub pass untouched. " + e.getMessage());
        }
    }

    private @Nullable FileStamp stamp() {
        try {
            return FileStamp.of(folder.authorityFile());
        } catch (IOException e) {
            return null;
        }
    }
}
