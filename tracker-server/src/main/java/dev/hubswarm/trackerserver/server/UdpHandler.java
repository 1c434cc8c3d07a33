package dev.hubswarm.trackerserver.server;

import dev.hubswarm.protocol.announce.AnnounceException;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.ConnectionIds;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.TrackerAnswer;
import dev.hubswarm.protocol.announce.TrackerFailure;
import dev.hubswarm.protocol.announce.UdpRequest;
import dev.hubswarm.protocol.announce.UdpResponse;
import dev.hubswarm.trackerserver.swarm.PeerChoice;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Answers datagrams (BEP 15, BEP 41). Whoever shows no connection id may have invented his address, so what he gets is
 * never longer than what he sent (reliability.md T30). Confined to its event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class UdpHandler extends SimpleChannelInboundHandler<DatagramPacket> {
    /** Fits an Ethernet frame with the headers of IPv6. A full answer has 50 peers of 18 bytes. */
    private static final int MAX_ANSWER = 1400;

    private static final TrackerFailure BAD_ID = new TrackerFailure("connect again");

    private final Tracker tracker;
    private final ConnectionIds ids;
    private final PeerChoice choice = new PeerChoice(false);

    UdpHandler(Tracker tracker, ConnectionIds ids) {
        this.tracker = tracker;
        this.ids = ids;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
        InetSocketAddress sender = packet.sender();
        ByteBuf content = packet.content();
        int length = content.readableBytes();
        // Nobody receives at port 0.
        UdpRequest request = sender.getPort() == 0 ? null : decode(content);
        if (request == null) {
            tracker.counters.udpDropped.increment();
            return;
        }
        Answering answering = new Answering(PeerAddress.of(sender.getAddress().getAddress(), 0), System.nanoTime());
        UdpResponse response = request.accept(answering);
        int room = answering.knownSender ? MAX_ANSWER : length;
        ByteBuf out = context.alloc().directBuffer(room, room);
        ByteBuffer buffer = out.internalNioBuffer(0, room);
        int start = buffer.position();
        response.encode(buffer);
        out.writerIndex(buffer.position() - start);
        context.write(new DatagramPacket(out, sender), context.voidPromise());
    }

    private static @Nullable UdpRequest decode(ByteBuf content) {
        try {
            return UdpRequest.decode(content.internalNioBuffer(content.readerIndex(), content.readableBytes()));
        } catch (AnnounceException e) {
            return null;
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        context.flush();
    }

    /** Makes the answer to one datagram. Confined to one call. */
    private final class Answering implements UdpRequest.Handler<UdpResponse> {
        private final PeerAddress client;
        private final long now;
        private boolean knownSender;

        Answering(PeerAddress client, long now) {
            this.client = client;
            this.now = now;
        }

        @Override
        public UdpResponse connect(UdpRequest.Connect request) {
            tracker.counters.udpConnects.increment();
            return new UdpResponse.Connected(request.transactionId(), ids.issue(client, now));
        }

        @Override
        public UdpResponse announce(UdpRequest.Announce request) {
            if (!check(request.connectionId())) return failed(request, BAD_ID);
            tracker.counters.udpAnnounces.increment();
            TrackerAnswer answer = allows(request.urlData())
                    ? tracker.announce(request.request(), client, choice, now)
                    : tracker.noToken();
            if (answer instanceof AnnounceResponse response) {
                return new UdpResponse.Announced(request.transactionId(), response, !client.isV4());
            }
            return failed(request, (TrackerFailure) answer);
        }

        @Override
        public UdpResponse scrape(UdpRequest.Scrape request) {
            if (!check(request.connectionId())) return failed(request, BAD_ID);
            // BEP 41 has no path for scrapes, so a token cannot be shown.
            if (tracker.needsToken()) return failed(request, tracker.noToken());
            tracker.counters.udpScrapes.increment();
            if (!tracker.allowsRequest(client, now)) return failed(request, Tracker.TOO_OFTEN);
            return new UdpResponse.Scraped(request.transactionId(), tracker.stats(request.request()));
        }

        private boolean allows(String urlData) {
            if (!tracker.needsToken()) return true;
            int query = urlData.indexOf('?');
            return tracker.allows(query < 0 ? urlData : urlData.substring(0, query), RequestHead.ANNOUNCE);
        }

        private boolean check(long connectionId) {
            knownSender = ids.isValid(connectionId, client, now);
            if (!knownSender) tracker.counters.udpBadIds.increment();
            return knownSender;
        }

        private static UdpResponse failed(UdpRequest request, TrackerFailure failure) {
            return new UdpResponse.Failed(request.transactionId(), failure.reason());
        }
    }
}
