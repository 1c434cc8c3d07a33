package dev.hubswarm.p2pengine.swarm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.p2pengine.testing.MalformedStreams;
import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.testkit.LeakCheck;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Malformed streams over real sockets: none may lose a buffer, or keep its connection (reliability.md S33). */
@ExtendWith(LeakCheck.class)
final class MalformedSocketTest {
    private static final int STREAMS =
            Integer.getInteger("hubswarm.streams", Boolean.getBoolean("hubswarm.long") ? 100_000 : 1_000);

    private static final int MILLIS = 60_000;

    @Test
    void endWithTheConnectionAndLeaveNothingBehind() throws Exception {
        SmallTorrent torrent = SmallTorrent.of(TorrentVersion.HYBRID, SmallTorrent.BLOCK, 6 * SmallTorrent.BLOCK + 9);
        try (Member member = Member.leech(1, torrent)) {
            for (int seed = 0; seed < STREAMS; seed++) {
                Random random = new Random(seed);
                byte[] stream = MalformedStreams.next(torrent, random);
                try (Socket socket = new Socket()) {
                    socket.connect(member.swarm.address());
                    socket.setSoTimeout(MILLIS);
                    socket.setTcpNoDelay(true);
                    // No port waits for what is late.
                    socket.setSoLinger(true, 0);
                    assertTrue(ends(socket, stream, random), "stream " + seed + " was kept");
                }
            }
            member.await(() -> member.swarm.rules().open() == 0);
            assertEquals(List.of(), member.sessions());
        }
    }

    private static boolean ends(Socket socket, byte[] stream, Random random) throws IOException {
        try {
            OutputStream out = socket.getOutputStream();
            for (int at = 0; at < stream.length; ) {
                int length = Math.min(stream.length - at, 1 + random.nextInt(random.nextInt(4) == 0 ? 20 : 20_000));
                out.write(stream, at, length);
                at += length;
            }
            socket.shutdownOutput();
            InputStream in = socket.getInputStream();
            byte[] ignored = new byte[4096];
            while (in.read(ignored) >= 0) {}
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            // Reset, since not all was read.
            return true;
        }
    }
}
