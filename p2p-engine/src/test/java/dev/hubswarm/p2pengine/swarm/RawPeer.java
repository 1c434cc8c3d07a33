package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.testkit.FakePeer;
import dev.hubswarm.testkit.FakePeer.Heard;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** A peer that calls, and says what its test tells it. Confined to its test. */
final class RawPeer implements AutoCloseable {
    private static final int MILLIS = 60_000;

    final FakePeer peer = new FakePeer();
    private final Socket socket = new Socket();
    private final byte[] buffer = new byte[16 << 10];

    /** @param receiveBuffer of the system; 0 for the usual */
    RawPeer(Member member, int receiveBuffer) throws IOException {
        if (receiveBuffer > 0) socket.setReceiveBufferSize(receiveBuffer);
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), member.swarm.address().getPort()));
        socket.setSoTimeout(MILLIS);
    }

    RawPeer(Member member) throws IOException {
        this(member, 0);
    }

    RawPeer greet(SmallTorrent torrent, int number) throws IOException {
        byte[] infoHash =
                Objects.requireNonNull(torrent.metainfo().infoHash().v1()).bytes();
        peer.greet(infoHash, FakePeer.EXTENSIONS, String.format("-XX0000-%012d", number));
        return send();
    }

    RawPeer send() throws IOException {
        socket.getOutputStream().write(peer.takeSaid());
        return this;
    }

    RawPeer send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** The next of this kind. */
    Heard await(int id) throws IOException {
        List<Heard> taken = peer.take(id);
        while (taken.isEmpty()) {
            if (!hear()) throw new IOException("closed");
            taken = peer.take(id);
        }
        return taken.get(0);
    }

    private boolean hear() throws IOException {
        int count = socket.getInputStream().read(buffer);
        if (count > 0) peer.hear(Arrays.copyOf(buffer, count));
        return count >= 0;
    }

    /** Waits until the other side has closed the connection. */
    void awaitEnd() {
        try {
            while (hear()) {}
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("it was not closed", e);
        } catch (IOException e) {
            // Reset, since not all was read that we sent.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
