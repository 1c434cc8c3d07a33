package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.peer.LocalPeer;
import dev.hubswarm.p2pengine.peer.PeerSession;
import dev.hubswarm.p2pengine.swarm.BanList.Ban;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerPriority;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Our place among peers: one port, one thread, all torrents. What is public may be called on its {@link #loop}, {@link
 * #start} and {@link #close} elsewhere.
 *
 * <p>One thread is enough, since files and hashes are the work of others; so limits for all torrents need no locks.
 */
@SuppressWarnings("FutureReturnValueIgnored")
public final class Swarm implements AutoCloseable {
    private static final long TICK_NANOS = 1_000_000_000;
    private static final long HANDSHAKE_NANOS = 10 * TICK_NANOS;
    private static final int CALL_MILLIS = 5000;
    private static final int STOP_SECONDS = 5;
    private static final int BACKLOG = 256;
    /** A message waits for no more blocks than that. */
    private static final WriteBufferWaterMark AHEAD = new WriteBufferWaterMark(256 << 10, 512 << 10);

    private static final int MOST_SELVES = 64;
    /** Of all connections, what those may have that have not said what they want. */
    private static final int SHARE_OF_STRANGERS = 4;

    private static final long BANS_NANOS = 10 * TICK_NANOS;

    private final SwarmConfig config;
    private final Transport transport;
    private final NettyLoop loop;
    private final RandomGenerator random;
    private final ConnectionRules rules;
    private final RateLimiter uploadLimit;
    private final RateLimiter downloadLimit;
    private final Throttle strangers;
    private final Map<SwarmKey, SwarmTorrent> torrents = new HashMap<>();
    private final Map<SwarmKey, Offer> offers = new HashMap<>();
    private final Set<PeerChannel> channels = new LinkedHashSet<>();
    /** Those of them that called and have not said what for, the oldest first. */
    private final Set<PeerChannel> unknown = new LinkedHashSet<>();
    /** Where we reached ourselves. */
    private final Set<PeerAddress> selves = new HashSet<>();
    /** Our end of the last connection, by whether it is IPv4; others may see another address, and another order. */
    private final Map<Boolean, PeerAddress> own = new HashMap<>();

    private final Channel listener;
    private final LocalPeer self;
    private final @Nullable BanFile banFile;
    private boolean willWriteBans;
    private boolean isClosed;
    private final CountDownLatch gone = new CountDownLatch(1);

    private Swarm(
            SwarmConfig config,
            Transport transport,
            String client,
            PeerId peerId,
            RandomGenerator random,
            @Nullable BanFile banFile) {
        this.config = config;
        this.transport = transport;
        this.random = random;
        this.banFile = banFile;
        loop = new NettyLoop(transport);
        rules = new ConnectionRules(config);
        long now = loop.nowNanos();
        uploadLimit = new RateLimiter(config.uploadLimit(), now);
        downloadLimit = new RateLimiter(config.downloadLimit(), now);
        strangers = new Throttle(loop, downloadLimit);
        if (banFile != null)
            for (Ban ban : banFile.read(now, second())) rules.bans().add(ban);
        try {
            listener = listen();
        } catch (Throwable e) {
            loop.close();
            throw e;
        }
        self = new LocalPeer(peerId, client, address().getPort());
        loop.schedule(TICK_NANOS, this::tick);
    }

    /** @param client our name and version, as peers are told */
    public static Swarm start(SwarmConfig config, String client, PeerId peerId, RandomGenerator random)
            throws UserError {
        return start(config, Transport.best(), client, peerId, random, null);
    }

    /**
     * @param port null for the usual one, or the next that is free
     * @param bans a file of its own, where it is remembered who lied
     */
    public static Swarm start(
            SwarmConfig config, @Nullable Integer port, String client, PeerId peerId, RandomGenerator random, Path bans)
            throws UserError {
        for (int next = SwarmConfig.USUAL_PORT; ; next++) {
            try {
                SwarmConfig at = config.at(port == null ? next : port);
                return start(at, Transport.best(), client, peerId, random, bans);
            } catch (UserError e) {
                if (port != null || next == SwarmConfig.LAST_PORT) throw e;
            }
        }
    }

    static Swarm start(
            SwarmConfig config,
            Transport transport,
            String client,
            PeerId peerId,
            RandomGenerator random,
            @Nullable Path bans)
            throws UserError {
        try {
            BanFile file = bans == null ? null : new BanFile(bans);
            return new Swarm(config, transport, client, peerId, random, file);
        } catch (Exception e) {
            // Netty throws a BindException that it does not declare; its message may begin with the name of a function.
            String why = String.valueOf(e.getMessage()).replaceFirst("^.*: ", "");
            throw new UserError(
                    UserError.Kind.FAILED,
                    "Cannot listen for peers on port " + config.listen().getPort() + ": " + why + ".",
                    "Choose another port with --peer-port.",
                    e);
        }
    }

    private Channel listen() {
        return new ServerBootstrap()
                .group(loop.netty())
                .channelFactory(transport.server())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.ALLOCATOR, transport.buffers())
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, AHEAD)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(channel);
                    }
                })
                .bind(config.listen())
                .syncUninterruptibly()
                .channel();
    }

    public Loop loop() {
        return loop;
    }

    public LocalPeer self() {
        return self;
    }

    /** Where we listen, with the port we got. Thread-safe. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** Peers that call for this torrent are let in from now on. It begins with {@link SwarmTorrent#begin}. */
    public SwarmTorrent join(InfoHash infoHash, SwarmTorrent.Listener news) {
        loop.assertInside();
        for (SwarmKey key : SwarmKey.allOf(infoHash)) {
            Offer offer = offers.get(key);
            if (offer != null) offer.displace();
            if (isJoined(key)) throw new IllegalStateException("joined twice: " + key);
        }
        SwarmTorrent torrent = new SwarmTorrent(this, infoHash, news);
        named(torrent);
        return torrent;
    }

    /** Whether somebody fetches or serves it at this moment. */
    public boolean isJoined(InfoHash infoHash) {
        loop.assertInside();
        return SwarmKey.allOf(infoHash).stream().anyMatch(this::isJoined);
    }

    /** Peers that call for this torrent let the owner know, and wait until somebody has joined it and it began. */
    public Offer offer(InfoHash infoHash, Offer.Owner owner) {
        loop.assertInside();
        Offer offer = new Offer(this, infoHash, owner);
        for (SwarmKey key : offer.keys()) {
            if (offers.putIfAbsent(key, offer) != null) throw new IllegalStateException("offered twice: " + key);
        }
        return offer;
    }

    boolean isJoined(SwarmKey key) {
        return torrents.containsKey(key);
    }

    void withdrawn(Offer offer) {
        offers.values().removeIf(one -> one == offer);
    }

    void begun(SwarmTorrent torrent) {
        named(torrent);
        for (SwarmKey key : torrent.group().keys()) {
            Offer offer = offers.get(key);
            if (offer != null) offer.begun(torrent);
        }
    }

    private void named(SwarmTorrent torrent) {
        for (SwarmKey key : torrent.group().keys()) torrents.putIfAbsent(key, torrent);
    }

    void left(SwarmTorrent torrent) {
        torrents.values().removeIf(one -> one == torrent);
    }

    SwarmConfig config() {
        return config;
    }

    RandomGenerator random() {
        return random;
    }

    ConnectionRules rules() {
        return rules;
    }

    RateLimiter uploadLimit() {
        return uploadLimit;
    }

    RateLimiter downloadLimit() {
        return downloadLimit;
    }

    /** For those who have not said what they want. */
    Throttle strangers() {
        return strangers;
    }

    /** As far as that is known. */
    boolean isSelf(PeerAddress address) {
        return selves.contains(address) || (listensEverywhere() && address.equals(own.get(address.isV4())));
    }

    private boolean listensEverywhere() {
        return address().getAddress().isAnyLocalAddress();
    }

    void isSelfNow(PeerAddress address) {
        if (selves.size() < MOST_SELVES) selves.add(address);
    }

    /**
     * The user vouches for this one, whatever it did before.
     *
     * @return why it was refused; null if it was not
     */
    public @Nullable String forgive(PeerAddress peer) {
        loop.assertInside();
        return rules.bans().forgive(peer, loop.nowNanos());
    }

    void lied(PeerAddress address, @Nullable PeerId id, String why) {
        long now = loop.nowNanos();
        rules.bans().lied(address, id, why, now);
        // With this lie its host may be refused, and be here under other names.
        for (PeerChannel peer : channels) if (rules.bans().reason(peer.address(), now) != null) peer.endSoon(why);
        writeBans();
    }

    void acquit(PeerAddress address, @Nullable PeerId id) {
        rules.bans().acquit(address, id);
        writeBans();
    }

    private void writeBans() {
        if (banFile == null || willWriteBans) return;
        willWriteBans = true;
        loop.schedule(BANS_NANOS, () -> {
            willWriteBans = false;
            Thread writer = new Thread(bansToWrite(banFile), "hubswarm-bans");
            writer.setDaemon(true);
            writer.start();
        });
    }

    private Runnable bansToWrite(BanFile file) {
        List<Ban> all = rules.bans().all();
        long now = loop.nowNanos();
        return () -> file.write(all, now, second());
    }

    private long second() {
        return transport.wall().instant().getEpochSecond();
    }

    int priority(PeerAddress other) {
        PeerAddress ours = own.get(other.isV4());
        return ours == null ? 0 : PeerPriority.of(ours, other);
    }

    // Connections.

    private void accept(Channel channel) {
        PeerAddress from = peerAddress(channel.remoteAddress());
        if (from == null || isClosed || !rules.mayAccept(from, loop.nowNanos())) {
            channel.close();
            return;
        }
        rules.opened(from);
        PeerChannel peer = new PeerChannel(this, channel, from, false);
        unknown.add(peer);
        add(peer, channel);
        // Whoever says nothing must not keep out those who do.
        if (unknown.size() > Math.max(config.maxConnections() / SHARE_OF_STRANGERS, 1)) {
            PeerChannel oldest = unknown.iterator().next();
            unknown.remove(oldest);
            oldest.close("too many who say nothing");
        }
    }

    private void add(PeerChannel peer, Channel channel) {
        channels.add(peer);
        channel.pipeline().addLast(peer);
    }

    Bootstrap bootstrap(int callMillis) {
        return new Bootstrap()
                .group(loop.netty())
                .channelFactory(transport.client())
                .option(ChannelOption.ALLOCATOR, transport.buffers())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, callMillis);
    }

    /** @param answer gets null if nobody answers */
    void call(PeerAddress address, Consumer<@Nullable PeerChannel> answer) {
        rules.calls(address, loop.nowNanos());
        ChannelFuture call = bootstrap(CALL_MILLIS)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, AHEAD)
                .option(ChannelOption.AUTO_READ, false)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {}
                })
                .connect(socketAddress(address));
        call.addListener(done -> {
            boolean answered = call.isSuccess() && call.channel().isActive();
            rules.called(address, answered);
            if (!answered) {
                call.channel().close();
                answer.accept(null);
                return;
            }
            PeerChannel peer = new PeerChannel(this, call.channel(), address, true);
            add(peer, call.channel());
            answer.accept(peer);
            call.channel().config().setAutoRead(true);
        });
    }

    /** Null once it is closed. */
    static @Nullable PeerAddress peerAddress(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress of
                ? PeerAddress.of(of.getAddress().getAddress(), of.getPort())
                : null;
    }

    private static InetSocketAddress socketAddress(PeerAddress address) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address.address()), address.port());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 or 16 bytes are an address", e);
        }
    }

    /** A peer has said who it is, and what it wants. */
    void greeted(PeerChannel peer, @Nullable PeerSession session, Handshake theirs) throws PeerProtocolException {
        unknown.remove(peer);
        SwarmTorrent called = peer.torrent();
        PeerAddress ours = peer.local();
        if (ours != null) own.put(ours.isV4(), ours.withPort(self.port()));
        if (called != null && called.isGiven(peer.address())) rules.bans().forgive(theirs.peerId());
        if (rules.bans().reason(theirs.peerId(), loop.nowNanos()) != null) {
            if (session == null) peer.close("it lied before");
            else session.close("it lied before");
        } else if (called != null && session != null) {
            called.answered(peer, session, theirs);
        } else {
            SwarmTorrent wanted = torrents.get(theirs.swarm());
            Offer offer = offers.get(theirs.swarm());
            if (wanted != null) wanted.accept(peer, theirs);
            else if (offer != null) offer.call(peer, theirs);
            else peer.close("it wants a torrent that is not here");
        }
    }

    void closed(PeerChannel peer) {
        if (!channels.remove(peer)) return;
        unknown.remove(peer);
        rules.closed(peer.address());
        if (isClosed && channels.isEmpty()) gone.countDown();
    }

    private void tick() {
        if (isClosed) return;
        loop.schedule(TICK_NANOS, this::tick);
        check();
    }

    /** Ends connections that lead to nothing. */
    void check() {
        long now = loop.nowNanos();
        for (PeerChannel peer : List.copyOf(channels)) {
            if (peer.torrent() == null && now - peer.begun() >= HANDSHAKE_NANOS) peer.close("no handshake");
            else peer.check(now);
        }
    }

    /** Says goodbye to all peers, and waits until no socket and no thread is left. Not to be called on the loop. */
    @Override
    public void close() {
        listener.close().awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS);
        loop.execute(() -> {
            isClosed = true;
            for (SwarmTorrent torrent : Set.copyOf(torrents.values())) torrent.close();
            for (PeerChannel peer : List.copyOf(channels)) peer.close("we leave");
            if (channels.isEmpty()) gone.countDown();
        });
        try {
            gone.await(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        loop.close();
        // The loop is over, so its state may be read here.
        if (willWriteBans && banFile != null) bansToWrite(banFile).run();
    }
}
