package dev.hubswarm.p2pengine.lab;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.p2pengine.peer.LocalPeer;
import dev.hubswarm.p2pengine.peer.PeerGroup;
import dev.hubswarm.p2pengine.peer.PeerSession;
import dev.hubswarm.p2pengine.peer.Upload;
import dev.hubswarm.p2pengine.store.FaultyFiles;
import dev.hubswarm.p2pengine.store.MemoryFiles;
import dev.hubswarm.p2pengine.store.PieceHashes;
import dev.hubswarm.p2pengine.store.PieceSpace;
import dev.hubswarm.p2pengine.store.PieceStore;
import dev.hubswarm.p2pengine.store.VirtualProcess;
import dev.hubswarm.p2pengine.transfer.PiecePicker;
import dev.hubswarm.p2pengine.transfer.Source;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.p2pengine.transfer.TransferListener;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.testkit.SimNetwork.Connection;
import dev.hubswarm.testkit.SimNetwork.Host;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One engine in {@link Chaos}: its transfer, its files, and what is wrong with it. Confined to the run's loop. */
final class ChaosNode implements PeerGroup.Listener, TransferListener {
    private static final long SECOND = Lab.SECOND;

    /** What it does to a block that it should send. */
    enum Answer {
        SEND,
        LIE,
        REJECT,
        FORGET
    }

    private final Chaos chaos;
    private final int number;
    private final VirtualProcess process;
    private final FaultyFiles files;
    private final Host host;
    private final NodeLoop loop;
    private final Map<ChaosNode, Connection> connections = new LinkedHashMap<>();
    /** Of whom it got something wrong. */
    private final Set<Object> liars = new HashSet<>();

    private final List<PiecePicker.Window> windows = new ArrayList<>();
    private @Nullable Transfer transfer;
    private @Nullable PeerGroup group;
    private @Nullable ChaosHub hub;
    private @Nullable UserError failure;
    private boolean isClosing;
    private boolean isFull;
    /** Not answered yet. */
    private int reads;

    private double lies;
    private double rejects;
    private double forgets;
    private double unreadable;

    ChaosNode(Chaos chaos, int number, VirtualProcess process, MemoryFiles files, Host host) {
        this.chaos = chaos;
        this.number = number;
        this.process = process;
        this.host = host;
        this.files = new FaultyFiles(files);
        loop = new NodeLoop(chaos.loop);
        this.files.onRead = () -> {
            if (!strikes(unreadable)) return;
            throw new UserError(Kind.FAILED, "The disk is broken.", "Buy another.");
        };
        this.files.onWrite = () -> {
            if (isFull) throw new UserError(Kind.NO_SPACE, "The disk is full.", "Free some.");
        };
    }

    boolean isBroken() {
        return failure != null;
    }

    private boolean strikes(double chance) {
        return chance > 0 && chaos.random.nextDouble() < chance;
    }

    // Life.

    void begin() {
        failure = null;
        reads = 0;
        Metainfo torrent = chaos.torrent.metainfo();
        boolean isLate = torrent.version().hasV2() && !chaos.isCalm() && chaos.random.nextInt(4) == 0;
        PieceHashes hashes = PieceHashes.of(torrent);
        Transfer begun = new Transfer(
                loop,
                chaos.torrent.geometry(),
                news -> process.open(loop, PieceSpace.of(torrent), isLate ? null : hashes, files, news),
                new Random(chaos.random.nextLong()));
        transfer = begun;
        begun.listen(this);
        group = new PeerGroup(loop, torrent.infoHash(), new LocalPeer(new PeerId(7, 7, number), "chaos", 1), this);
        group().begin(begun, torrent);
        if (!isLate) return;
        chaos.loop.schedule(
                chaos.random.nextLong(10 * SECOND),
                () -> loop.run(() -> {
                    if (transfer == begun && !isClosing) begun.attach(hashes);
                }));
    }

    void end() {
        if (!isUp()) return;
        isClosing = true;
        windows.clear();
        if (hub != null) hub.close("the end");
        hub = null;
        group().close("the end");
        transfer().close(() -> {
            transfer = null;
            group = null;
            isClosing = false;
        });
        List.copyOf(connections.values()).forEach(Connection::cut);
    }

    boolean isUp() {
        return transfer != null && !isClosing;
    }

    boolean isClosing() {
        return isClosing;
    }

    boolean hasEnded() {
        return transfer == null;
    }

    boolean isDone() {
        return isUp() && transfer().isComplete() && reads == 0;
    }

    void misbehave() {
        Random random = chaos.random;
        if (random.nextInt(3) == 0) lies = 0.05 * random.nextDouble();
        if (random.nextInt(3) == 0) rejects = 0.2 * random.nextDouble();
        if (random.nextInt(3) == 0) forgets = 0.1 * random.nextDouble();
        if (random.nextInt(3) == 0) unreadable = 0.05 * random.nextDouble();
    }

    void behave() {
        lies = rejects = forgets = unreadable = 0;
        isFull = false;
        loop.stop(0);
        if (isUp())
            loop.run(() -> {
                if (!isUp()) return;
                transfer().select(0, chaos.torrent.geometry().pieceCount(), true);
                if (failure != null) end();
            });
    }

    /** Something happens to it. */
    void suffer(int what, ChaosNode other) {
        Random random = chaos.random;
        switch (what) {
            case 0, 1, 2, 3, 4 -> chaos.connect(this, other);
            case 5 -> {
                Connection cut = connections.get(other);
                if (cut != null) cut.cut();
            }
            case 6 -> loop.stop(random.nextLong(random.nextInt(4) == 0 ? 30 * SECOND : SECOND));
            default ->
                loop.run(() -> {
                    // It may have stood still until now.
                    if (chaos.isCalm()) return;
                    if (isUp()) suffer(what, random);
                    else if (transfer == null && !isFull) begin();
                });
        }
    }

    private void suffer(int what, Random random) {
        int pieces = chaos.torrent.geometry().pieceCount();
        int from = random.nextInt(pieces);
        int to = from + 1 + random.nextInt(pieces - from);
        switch (what) {
            case 7, 8 -> {
                for (PeerSession session : group().sessions()) {
                    Upload upload = session.upload();
                    if (random.nextBoolean() && upload.isUnchoked()) upload.choke();
                    else if (random.nextInt(4) == 0 && upload.isInterested()) upload.unchoke();
                }
            }
            case 9 -> transfer().select(from, to, random.nextInt(3) > 0);
            case 10 -> {
                if (windows.size() < 3) windows.add(transfer().window(from, to));
                else windows.forEach(window -> window.move(from, to));
            }
            case 11 -> {
                windows.forEach(PiecePicker.Window::close);
                windows.clear();
            }
            case 12 -> {
                if (hub == null) hub = ChaosHub.join(chaos, loop, transfer(), random);
                else hub.close("it is gone");
                if (hub.isGone()) hub = null;
            }
            default -> {
                if (failure != null || random.nextInt(4) == 0) end();
                isFull = random.nextInt(6) == 0;
            }
        }
    }

    private Transfer transfer() {
        return Objects.requireNonNull(transfer);
    }

    void checkInvariants() {
        if (!isUp()) return;
        transfer().checkInvariants();
        group().checkInvariants();
    }

    // What its wires ask.

    NodeLoop loop() {
        return loop;
    }

    Host host() {
        return host;
    }

    PeerGroup group() {
        return Objects.requireNonNull(group);
    }

    PeerAddress address() {
        return PeerAddress.v4(0x5db80000 + number, 6881);
    }

    Answer answer(boolean mayReject) {
        if (strikes(lies)) return Answer.LIE;
        if (mayReject && strikes(rejects)) return Answer.REJECT;
        return strikes(forgets) ? Answer.FORGET : Answer.SEND;
    }

    void read(long at, int length, PieceStore.Reader reader) {
        reads++;
        transfer().read(at, length, new PieceStore.Reader() {
            @Override
            public void read(ByteBuffer bytes) {
                reads--;
                ByteBuffer right = ByteBuffer.wrap(chaos.torrent.bytes(), (int) at, length);
                if (!bytes.equals(right)) throw new AssertionError(this + " would send wrong bytes at " + at);
                reader.read(bytes);
            }

            @Override
            public void failed(UserError why) {
                reads--;
                reader.failed(why);
            }
        });
    }

    void lied(Object liar) {
        liars.add(liar);
    }

    void joined(ChaosNode other, Connection connection) {
        connections.put(other, connection);
    }

    void left(ChaosNode other, Connection connection) {
        connections.remove(other, connection);
    }

    boolean isConnectedTo(ChaosNode other) {
        return connections.containsKey(other);
    }

    // What it hears.

    @Override
    public void lied(Source liar) {
        Object who = liar instanceof PeerSession session ? session.address() : liar;
        if (!liars.contains(who)) throw new AssertionError(this + " blames " + who);
    }

    @Override
    public void differs(int piece) {
        loop.execute(() -> {
            if (isUp()) transfer().fetchAgain(piece);
        });
    }

    @Override
    public void failed(UserError why) {
        failure = why;
        if (chaos.isCalm()) loop.execute(this::end);
    }

    @Override
    public void lied(PeerSession liar, String why) {
        lied((Source) liar);
    }

    @Override
    public void closed(PeerSession session, String why) {}

    @Override
    public void heardOf(List<PeerAddress> peers) {}

    @Override
    public void metadata(Metainfo torrent) {
        throw new AssertionError("it was known");
    }

    @Override
    public void unusable(UserError why) {
        throw new AssertionError(why);
    }

    @Override
    public String toString() {
        if (transfer == null) return number + " is down" + (failure == null ? "" : ", " + failure.getMessage());
        return number + " has " + transfer().verified() + (failure == null ? "" : ", " + failure.getMessage());
    }
}
