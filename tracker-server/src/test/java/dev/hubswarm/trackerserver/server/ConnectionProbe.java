package dev.hubswarm.trackerserver.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A connection without a socket, for the fuzz target. Confined to one thread. */
public final class ConnectionProbe {
    private static final PeerAddress PROXY = PeerAddress.v4(0x0a000001, 0);
    private static final long DAY_NANOS = 86_400_000_000_000L;
    private static final SwarmTable SWARMS = new SwarmTable(SwarmConfig.DEFAULT.withOpen(true), report -> {});
    private static final HttpService SERVICE = service();

    private ConnectionProbe() {}

    private static HttpService service() {
        Duration patience = Duration.ofSeconds(10);
        int any = 1_000_000_000;
        ServerLimits limits =
                new ServerLimits(any, any, any, any, any, any, patience, patience, patience, 1 << 20, 1, 1);
        ServerConfig config =
                new ServerConfig(new InetSocketAddress(1), false, List.of(), List.of(new Cidr(PROXY, 128)), limits);
        Tracker tracker = new Tracker(SWARMS, config, new TrackerCounters(), 0);
        // No body of an answer begins as an answer does.
        Api api = request -> new ApiAnswer(
                200, "text/plain", ("> " + new String(request.body(), ISO_8859_1)).getBytes(ISO_8859_1), Map.of());
        return new HttpService(tracker, config, api, Runnable::run, 0);
    }

    /** All that a tracker without peers says to these bytes, sent in two parts. */
    public static String answers(byte[] bytes, int cut) {
        UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true);
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(buffers);
        Connections connections = new Connections();
        HttpConnection connection = new HttpConnection(SERVICE, connections, channel, PROXY, true, System.nanoTime());
        connections.add(connection);
        channel.pipeline().addLast(connection);
        StringBuilder said = new StringBuilder();
        for (int[] part : new int[][] {{0, cut}, {cut, bytes.length}}) {
            if (channel.isOpen()) {
                channel.writeInbound(buffers.buffer().writeBytes(bytes, part[0], part[1] - part[0]));
                channel.runPendingTasks();
            }
        }
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            said.append(out.toString(ISO_8859_1));
            out.release();
        }
        channel.finishAndReleaseAll();
        SWARMS.sweep(System.nanoTime() + DAY_NANOS);
        if (buffers.metric().usedDirectMemory() + buffers.metric().usedHeapMemory() > 0) {
            throw new AssertionError("a buffer is left");
        }
        // Jittered, so that no two answers are alike.
        return said.toString().replaceAll("8:intervali\\d+e", "8:intervali1800e");
    }

    /** That these are answers, one behind the other, and nothing else. */
    public static void check(String answers) {
        ByteBuf in = Unpooled.copiedBuffer(answers, ISO_8859_1);
        String rest = answers;
        while (!rest.isEmpty()) {
            int end = rest.indexOf("\r\n\r\n");
            if (!rest.startsWith("HTTP/1.1 ") || end < 0) throw new AssertionError("no answer: " + rest);
            String head = rest.substring(0, end + 2);
            rest = rest.substring(end + 4);
            // The answer to HEAD tells the length of a body that it does not have.
            boolean hasBody = !rest.isEmpty() && !rest.startsWith("HTTP/1.1 ");
            if (head.startsWith("HTTP/1.1 100") || !hasBody) continue;
            String length = head.substring(head.indexOf("Content-Length: ") + 16);
            rest = rest.substring(Integer.parseInt(length.substring(0, length.indexOf('\r'))));
        }
        in.release();
    }
}
