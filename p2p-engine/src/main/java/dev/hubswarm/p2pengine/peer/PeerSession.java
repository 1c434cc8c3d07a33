package dev.hubswarm.p2pengine.peer;

import dev.hubswarm.p2pengine.transfer.Run;
import dev.hubswarm.p2pengine.transfer.Source;
import dev.hubswarm.p2pengine.transfer.TorrentView;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.protocol.peerwire.DontHave;
import dev.hubswarm.protocol.peerwire.Extension;
import dev.hubswarm.protocol.peerwire.ExtensionHandshake;
import dev.hubswarm.protocol.peerwire.ExtensionMessage;
import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerMessage;
import dev.hubswarm.protocol.peerwire.PeerMessage.Request;
import dev.hubswarm.protocol.peerwire.PeerMessage.Signal;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import dev.hubswarm.protocol.peerwire.UploadOnly;
import dev.hubswarm.protocol.peerwire.UtMetadata;
import dev.hubswarm.protocol.peerwire.UtPex;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What one peer and we say to each other. Owns no socket, thread or clock. Confined to the transfer's loop.
 *
 * <p>It lives from the connection to its end, whoever ends it. What it has asked for is in {@link Download}, what it gets
 * of us in {@link Upload}; whom we serve is decided by the group's {@link Choker}, and which pieces to ask for by the
 * transfer.
 */
public final class PeerSession implements Source {
    /** How long any message may be that comes and is no block: a bitfield of the largest torrents. */
    public static final int LONGEST_MESSAGE = 1 + Metainfo.MAX_PIECES / Byte.SIZE;
    /** The longest request that is answered; longer than BEP 3 wants by agreement only. */
    static final int LONGEST_BLOCK = 128 << 10;

    private static final long SECOND = 1_000_000_000L;
    private static final long HANDSHAKE_NANOS = 10 * SECOND;
    /** Others send something every two minutes (BEP 3). */
    private static final long DEAD_NANOS = 140 * SECOND;

    private static final long KEEP_ALIVE_NANOS = 90 * SECOND;
    private static final long USELESS_NANOS = 600 * SECOND;
    private static final long BORED_NANOS = SECOND;
    /** Of answers that a peer asks for and does not read. */
    private static final long MOST_UNREAD = 4 << 20;

    /** All are gone over for each block that comes while we are choked; BEP 6 has ten of them. */
    private static final int MOST_FAST_FOR_US = 64;

    private final PeerGroup group;
    private final PeerWire wire;
    private final PeerAddress address;
    private final boolean isDialled;
    private final Gossip gossip;
    private final Ears ears = new Ears();
    private final long begun;
    private long now;
    private long heard;
    private long spoke;
    private boolean isClosed;

    private @Nullable Handshake theirs;
    private final Map<Extension, Integer> theirIds = new EnumMap<>(Extension.class);
    private String client = "";
    private int theirPort;
    private int theirQueue;
    private int theirLongest = PieceGeometry.BLOCK_LENGTH;
    private boolean isUploadOnly;
    /** What it was told of us. */
    private boolean areWeUploadOnly;

    /** What it has; until there is a transfer nobody knows how many pieces there are. */
    private final BitSet pieces = new BitSet();

    private int held;
    private boolean hasSaidPieces;
    private boolean hasAll;
    private @Nullable ByteBuffer bitfield;

    private @Nullable Download download;
    /** The picker knows it. */
    private boolean isJoined;

    private boolean isChoked = true;
    /** Pieces that it sends us all the same (BEP 6). */
    private final Set<Integer> fastForUs = new LinkedHashSet<>();

    private boolean isAskedFor;
    /** When it last had something that we want. */
    private long worthAsking;

    private final Upload upload;
    private long useful;

    PeerSession(PeerGroup group, PeerWire wire, PeerAddress address, boolean isDialled, long now) {
        this.group = group;
        this.wire = wire;
        this.address = address;
        this.isDialled = isDialled;
        this.now = begun = heard = spoke = useful = now;
        upload = new Upload(this, group, wire, now);
        gossip = new Gossip(this, now);
    }

    // Doors.

    /** Of one that we dialled: its answer. */
    public void handshake(Handshake theirHandshake, long time) throws PeerProtocolException {
        at(time);
        if (theirs != null) throw new IllegalStateException("a second handshake");
        if (!group.keys().contains(theirHandshake.swarm())) throw new PeerProtocolException("another torrent");
        theirs = theirHandshake;
        if (theirHandshake.peerId().equals(group.self().peerId())) {
            close("it is ourselves");
            return;
        }
        greet();
    }

    /** Who hears the messages that come at this time; not kept longer. */
    public PeerMessage.Handler at(long time) {
        now = time;
        heard = time;
        return ears;
    }

    /** All bytes of a block have left to the socket. */
    public void blockSent(int length, long time) {
        now = useful = time;
        upload.blockSent(length);
    }

    /** It broke the protocol; this closes the wire. */
    public void broke(PeerProtocolException rule) {
        close("broke the protocol: " + rule.getMessage());
    }

    /** The connection is gone. */
    public void closed(String why) {
        if (isClosed) return;
        isClosed = true;
        if (isJoined) group.transfer().left(this);
        isJoined = false;
        upload.left();
        group.left(this, why);
    }

    @Override
    public void close(String why) {
        if (isClosed) return;
        wire.close(why);
        closed(why);
    }

    public PeerAddress address() {
        return address;
    }

    public boolean isDialled() {
        return isDialled;
    }

    /** The longest block that it may send: what both sides answer, once it has said so, and else what BEP 3 has. */
    public int longestBlock() {
        return theirLongest;
    }

    /** Null before the handshake. */
    public @Nullable PeerId peerId() {
        return theirs == null ? null : theirs.peerId();
    }

    /** Bytes of blocks in a second, both ways together. */
    public double traffic() {
        return sendsUs() + upload.takesFromUs();
    }

    /** Bytes of blocks. */
    public long received() {
        return download == null ? 0 : download.rate().total();
    }

    public PeerSnapshot snapshot() {
        return new PeerSnapshot(
                address,
                client,
                isDialled,
                pieces.cardinality(),
                sendsUs(),
                upload.takesFromUs(),
                received(),
                upload.total(),
                isAskedFor,
                isChoked,
                upload.isWanted(),
                !upload.isUnchoked());
    }

    // What the transfer calls.

    @Override
    public boolean isHub() {
        return false;
    }

    @Override
    public boolean takesLongRuns() {
        return false;
    }

    @Override
    public double bytesPerSecond() {
        return download == null ? 0 : download.windowRate();
    }

    @Override
    public int suggestion(IntPredicate mayBe) {
        return download == null ? NO_PIECE : download.suggestion(mayBe);
    }

    @Override
    public void wake() {
        now = group.now();
        look();
    }

    @Override
    public void cancel(Run run) {
        if (download != null && !isClosed) download.cancel(run);
    }

    // What the group calls.

    /** There is a transfer now. */
    void begin(long time) throws PeerProtocolException {
        now = time;
        if (theirs == null) return;
        TorrentView transfer = group.transfer();
        PieceGeometry geometry = transfer.geometry();
        download = new Download(this, wire, transfer, geometry, time);
        download.limits(theirQueue, theirLongest);
        int count = geometry.pieceCount();
        if (bitfield != null) pieces.or(new PeerMessage.Bitfield(bitfield).pieces(count));
        bitfield = null;
        if (hasAll) pieces.set(0, count);
        boolean isAllThere = pieces.length() <= count && fastForUs.stream().allMatch(piece -> piece < count);
        if (!isAllThere) throw new PeerProtocolException("a piece that the torrent does not have");
        if (hasSaidPieces) join();
        if (hasExtensions()) sendExtensionHandshake();
        BitSet verified = transfer.verified();
        for (int piece = verified.nextSetBit(0); piece >= 0; piece = verified.nextSetBit(piece + 1)) haveNow(piece);
    }

    /** We have one piece more; a seed hears of it, too, for it sends others what we do not pass on. */
    void haveNow(int piece) {
        if (isGreeted() && (isSeed() || !has(piece))) send(new PeerMessage.Have(piece));
    }

    /** We have one piece less. */
    void haveNoMore(int piece) {
        if (speaks(Extension.LT_DONTHAVE)) send(Extension.LT_DONTHAVE, new DontHave(piece));
    }

    /** All that we want is here. */
    void weAreComplete() {
        now = group.now();
        if (wantsNothing()) close("both have everything");
        else sayUploadOnly();
    }

    /** Says whether there is nothing more that we want, if that has changed (BEP 21). */
    private void sayUploadOnly() {
        if (!speaks(Extension.UPLOAD_ONLY) || group.isComplete() == areWeUploadOnly) return;
        areWeUploadOnly = !areWeUploadOnly;
        send(Extension.UPLOAD_ONLY, new UploadOnly(areWeUploadOnly));
    }

    /** Says whether it has anything that we want, if that has changed. */
    void sayInterest() {
        if (!isJoined || isClosed) return;
        boolean isWorthAsking = group.transfer().isWorthAsking(this);
        long time = group.now();
        if (isWorthAsking) worthAsking = time;
        // Where everybody has about the same, the next piece is near; and whoever wants nothing is choked.
        boolean isBored = group.isComplete() || time - worthAsking >= BORED_NANOS;
        if (isWorthAsking == isAskedFor || (isAskedFor && !isBored)) return;
        isAskedFor = !isAskedFor;
        send(isAskedFor ? Signal.INTERESTED : Signal.NOT_INTERESTED);
    }

    /** There may be more to ask for. */
    private void look() {
        sayInterest();
        if (!isAskedFor || !isJoined || download == null) return;
        if (isChoked) download.ask(fastForUs, now);
        else download.ask(now);
    }

    void tick(long time) {
        now = time;
        if (theirs == null) {
            if (time - begun >= HANDSHAKE_NANOS) close("no handshake");
            return;
        }
        if (time - heard >= DEAD_NANOS) {
            close("silent");
            return;
        }
        if (time - spoke >= KEEP_ALIVE_NANOS) send(Signal.KEEP_ALIVE);
        if (isAskedFor || upload.isWanted()) useful = time;
        if (time - useful >= USELESS_NANOS) {
            close("of no use to each other");
            return;
        }
        if (download == null) return;
        sayUploadOnly();
        download.tick(time);
        look();
    }

    /** We did not run for so long; that nobody was heard was our fault. */
    void slept(long nanos) {
        heard += nanos;
        useful += nanos;
        upload.slept(nanos);
        if (download != null) download.slept(nanos);
    }

    boolean isGreeted() {
        return theirs != null && !isClosed;
    }

    boolean has(int piece) {
        return pieces.get(piece);
    }

    boolean isSeed() {
        return isJoined && held == group.transfer().geometry().pieceCount();
    }

    boolean wantsNothing() {
        return isUploadOnly || isSeed();
    }

    boolean speaks(Extension extension) {
        return isGreeted() && theirIds.getOrDefault(extension, 0) > 0;
    }

    void send(Extension extension, ExtensionMessage message) {
        Integer id = theirIds.get(extension);
        if (id != null && id > 0) send(new PeerMessage.Extended(id, message.encode()));
    }

    void send(PeerMessage message) {
        if (isClosed) return;
        spoke = now;
        wire.send(message);
        if (wire.unsent() > MOST_UNREAD) group.later(() -> close("does not read what it asked for"));
    }

    /** What it was sent and has not read. */
    long unsent() {
        return wire.unsent();
    }

    Gossip gossip() {
        return gossip;
    }

    PeerGroup group() {
        return group;
    }

    /** How others can reach it, and what they should know; null if nobody knows. */
    UtPex.@Nullable Contact contact() {
        if (!isGreeted() || (!isDialled && theirPort == 0)) return null;
        int flags = (wantsNothing() ? UtPex.Contact.UPLOAD_ONLY : 0) | (isDialled ? UtPex.Contact.REACHABLE : 0);
        return new UtPex.Contact(isDialled ? address : address.withPort(theirPort), flags);
    }

    /** Whether it may answer hash requests (BEP 52). */
    boolean hasHashes() {
        // Where there is no v1 side, libtorrent sets no bit: the name says it.
        return isGreeted() && theirs != null && (theirs.hasV2() || group.isV2(theirs.swarm()));
    }

    /** We have everything, so we can choose what it gets. */
    void handOut(Handout handout) {
        if (isJoined && !isSeed()) upload.handOut(handout, pieces);
    }

    public Upload upload() {
        return upload;
    }

    long now() {
        return now;
    }

    boolean isClosed() {
        return isClosed;
    }

    /** It does not send what we asked for. */
    boolean isSnubbing() {
        return download != null && download.isSilent();
    }

    double sendsUs() {
        return download == null ? 0 : download.rate().bytesPerSecond(now);
    }

    // Greetings.

    boolean hasFast() {
        return theirs != null && theirs.hasFast();
    }

    private boolean hasExtensions() {
        return theirs != null && theirs.hasExtensions();
    }

    private void greet() {
        if (group.isWaiting()) {
            if (hasFast()) send(Signal.HAVE_NONE);
        } else {
            sendPieces(group.transfer());
        }
        if (hasExtensions()) sendExtensionHandshake();
        if (!group.isWaiting()) {
            download =
                    new Download(this, wire, group.transfer(), group.transfer().geometry(), now);
            // Who has everything unchokes all while it can; after that a crowd's fast pieces would take its whole line.
            if (hasFast() && !group.isComplete())
                upload.allowFast(group.transfer().geometry());
        }
    }

    private void sendPieces(TorrentView transfer) {
        BitSet verified = transfer.verified();
        int count = transfer.geometry().pieceCount();
        if (hasFast() && verified.isEmpty()) send(Signal.HAVE_NONE);
        else if (hasFast() && verified.cardinality() == count) send(Signal.HAVE_ALL);
        else if (!verified.isEmpty()) send(PeerMessage.Bitfield.of(verified, count));
    }

    private void sendExtensionHandshake() {
        Map<Extension, Integer> ids = new EnumMap<>(Extension.class);
        for (Extension extension : Extension.values()) {
            if (extension != Extension.UT_PEX || group.mayGossip()) ids.put(extension, extension.id());
        }
        Metainfo torrent = group.torrent();
        areWeUploadOnly = group.isComplete();
        ExtensionHandshake ours = new ExtensionHandshake(
                ids,
                group.self().client(),
                group.self().port(),
                UploadQueue.MAX_REQUESTS,
                address,
                null,
                null,
                torrent == null ? 0 : torrent.info().remaining(),
                areWeUploadOnly,
                LONGEST_BLOCK);
        send(new PeerMessage.Extended(ExtensionMessage.HANDSHAKE_ID, ours.encode()));
    }

    private void join() {
        if (isClosed) return;
        isJoined = true;
        held = pieces.cardinality();
        group.transfer().joined(this, pieces);
        Handout handout = group.handout();
        if (handout != null) handOut(handout);
        settle();
    }

    private void settle() {
        if (isJoined && wantsNothing() && group.isComplete()) close("both have everything");
        else look();
    }

    void checkInvariants() {
        if (download == null || isClosed) return;
        long expected = isJoined ? group.transfer().underWay(this) : 0;
        if (isChoked && !hasFast() && expected > 0) throw new AssertionError("something expected of who chokes us");
        download.checkInvariants(expected);
    }

    /** Hears what the peer says. */
    private final class Ears implements PeerMessage.Handler, ExtensionMessage.Handler {
        @Override
        public void keepAlive() {}

        @Override
        public void choke() {
            isChoked = true;
            if (download != null) download.forgetSuggestions();
            // With BEP 6 each request is rejected, or answered, by itself.
            if (download != null && !hasFast()) download.giveBackAll();
        }

        @Override
        public void unchoke() {
            isChoked = false;
            look();
        }

        @Override
        public void interested() {
            upload.wanted(true);
        }

        @Override
        public void notInterested() {
            upload.wanted(false);
        }

        @Override
        public void have(PeerMessage.Have message) throws PeerProtocolException {
            checkPiece(message.piece());
            hasSaidPieces = true;
            if (has(message.piece())) return;
            if (isJoined) {
                gains(message.piece());
                settle();
            } else {
                pieces.set(message.piece());
                if (!group.isWaiting()) join();
            }
        }

        private void gains(int piece) {
            pieces.set(piece);
            held++;
            upload.gained(piece);
            group.transfer().has(PeerSession.this, piece);
        }

        /**
         * BEP 3 and BEP 6 want lists first. aria2 sends one in place of many HAVEs, too, so it adds to what is known as they
         * would.
         */
        private void gainsAll(BitSet listed) {
            if (isJoined) {
                listed.andNot(pieces);
                for (int i = listed.nextSetBit(0); i >= 0 && isJoined; i = listed.nextSetBit(i + 1)) gains(i);
                settle();
            } else {
                pieces.or(listed);
                join();
            }
        }

        private void checkPiece(int piece) throws PeerProtocolException {
            int count = group.isWaiting()
                    ? Metainfo.MAX_PIECES
                    : group.transfer().geometry().pieceCount();
            if (piece < 0 || piece >= count) throw new PeerProtocolException("a piece that the torrent does not have");
        }

        @Override
        public void bitfield(PeerMessage.Bitfield message) throws PeerProtocolException {
            hasSaidPieces = true;
            if (group.isWaiting()) {
                bitfield = ByteBuffer.allocate(message.bits().remaining())
                        .put(message.bits().duplicate())
                        .flip();
            } else {
                gainsAll(message.pieces(group.transfer().geometry().pieceCount()));
            }
        }

        @Override
        public void haveAll() throws PeerProtocolException {
            needsFast();
            hasSaidPieces = true;
            hasAll = true;
            if (group.isWaiting()) return;
            BitSet all = new BitSet();
            all.set(0, group.transfer().geometry().pieceCount());
            gainsAll(all);
        }

        @Override
        public void haveNone() throws PeerProtocolException {
            needsFast();
            hasSaidPieces = true;
            if (!group.isWaiting()) gainsAll(new BitSet());
        }

        private void needsFast() throws PeerProtocolException {
            if (!hasFast()) throw new PeerProtocolException("a message of an extension that it does not have");
        }

        @Override
        public void request(Request message) throws PeerProtocolException {
            checkRange(message.piece(), message.begin(), message.length());
            upload.asked(message);
        }

        private void checkRange(int piece, int begin, int length) throws PeerProtocolException {
            checkPiece(piece);
            int end = group.isWaiting()
                    ? Integer.MAX_VALUE
                    : group.transfer().geometry().lengthOf(piece);
            if (begin < 0 || length <= 0 || length > LONGEST_BLOCK || begin > end - length) {
                throw new PeerProtocolException("a request beyond the piece, or too long");
            }
        }

        @Override
        public void piece(PeerMessage.Piece message) throws PeerProtocolException {
            if (download == null || !isJoined) throw new PeerProtocolException("a block that nobody asked for");
            useful = now;
            download.arrived(message, now);
            look();
        }

        @Override
        public void cancel(PeerMessage.Cancel message) {
            upload.cancelled(new Request(message.piece(), message.begin(), message.length()));
        }

        @Override
        public void port(PeerMessage.Port message) {}

        @Override
        public void suggest(PeerMessage.Suggest message) throws PeerProtocolException {
            needsFast();
            checkPiece(message.piece());
            if (download != null) download.suggested(message.piece());
        }

        @Override
        public void reject(PeerMessage.Reject message) throws PeerProtocolException {
            needsFast();
            if (download == null) return;
            if (isChoked) fastForUs.remove(message.piece());
            download.rejected(message);
            look();
        }

        @Override
        public void allowedFast(PeerMessage.AllowedFast message) throws PeerProtocolException {
            needsFast();
            checkPiece(message.piece());
            if (fastForUs.size() >= MOST_FAST_FOR_US) return;
            fastForUs.add(message.piece());
            look();
        }

        @Override
        public void extended(PeerMessage.Extended message) throws PeerProtocolException {
            if (!hasExtensions()) throw new PeerProtocolException("a message of an extension that it does not have");
            ExtensionMessage inner = ExtensionMessage.decode(message);
            if (inner != null) inner.accept(this);
        }

        @Override
        public void hashRequest(PeerMessage.HashRequest message) {
            if (group.leafAnswers().heard(PeerSession.this, message.range())) return;
            PeerMessage.Hashes answer = group.hashes().answer(message.range());
            send(answer == null ? new PeerMessage.HashReject(message.range()) : answer);
        }

        @Override
        public void hashes(PeerMessage.Hashes message) {
            if (group.leafQuestions().arrived(PeerSession.this, message)) return;
            group.hashes().arrived(PeerSession.this, message, now);
        }

        @Override
        public void hashReject(PeerMessage.HashReject message) {
            if (group.leafQuestions().rejected(PeerSession.this, message.range())) return;
            group.hashes().rejected(PeerSession.this, message.range());
        }

        @Override
        public void extensionHandshake(ExtensionHandshake message) throws PeerProtocolException {
            theirIds.putAll(message.ids());
            if (!message.client().isEmpty()) client = message.client();
            if (message.port() > 0) theirPort = message.port();
            if (message.requestQueue() > 0) theirQueue = message.requestQueue();
            theirLongest = Math.min(message.maxBlock(), LONGEST_BLOCK);
            isUploadOnly = message.uploadOnly();
            settle();
            if (download != null) download.limits(theirQueue, theirLongest);
            group.introduced(PeerSession.this, message.metadataSize());
        }

        @Override
        public void utMetadata(UtMetadata message) throws PeerProtocolException {
            group.metadata().heard(PeerSession.this, message, now);
        }

        @Override
        public void utPex(UtPex message) {
            if (group.mayGossip()) group.heardOf(gossip.heard(message, now));
        }

        @Override
        public void dontHave(DontHave message) throws PeerProtocolException {
            checkPiece(message.piece());
            if (!has(message.piece())) return;
            pieces.clear(message.piece());
            held--;
            upload.lost(message.piece());
            if (isJoined) group.transfer().lost(PeerSession.this, message.piece());
            look();
        }

        @Override
        public void uploadOnly(UploadOnly message) {
            isUploadOnly = message.on();
            settle();
        }
    }
}
