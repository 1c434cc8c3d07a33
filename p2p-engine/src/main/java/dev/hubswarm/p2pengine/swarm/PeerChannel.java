package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.base.Loop;
import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.peer.PeerSession;
import dev.hubswarm.p2pengine.peer.PeerWire;
import dev.hubswarm.p2pengine.store.PieceStore;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.peerwire.FrameDecoder;
import dev.hubswarm.protocol.peerwire.Handshake;
import dev.hubswarm.protocol.peerwire.PeerMessage;
import dev.hubswarm.protocol.peerwire.PeerMessage.Piece;
import dev.hubswarm.protocol.peerwire.PeerMessage.Request;
import dev.hubswarm.protocol.peerwire.PeerProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One peer's socket. Confined to the loop.
 *
 * <p>Messages gather until the end of a turn and are written before blocks. A block is read when it is asked for, lent by
 * the store, and handed to the socket behind its head as a whole, or in portions where there is a limit; nothing else
 * goes between those. How much waits here is limited by who gives it, with {@link #unsent}.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class PeerChannel extends ChannelInboundHandlerAdapter implements PeerWire {
    private static final System.Logger LOG = System.getLogger(PeerChannel.class.getName());
    private static final int MESSAGES = 512;
    private static final long STUCK_NANOS = 60_000_000_000L;

    private final Swarm swarm;
    private final Loop loop;
    private final Channel channel;
    private final PeerAddress address;
    private final boolean isDialled;
    private final long begun;
    private final FrameDecoder decoder = new FrameDecoder(PeerSession.LONGEST_MESSAGE);
    private final PeerInput input;
    private final Runnable send = this::send;
    private final Runnable receive = this::receive;

    private @Nullable SwarmTorrent torrent;
    private @Nullable PeerSession session;
    private boolean isGreeted;
    /** What it wants is being opened: what it says is left where it is. */
    private @Nullable Offer awaited;

    private boolean isClosed;
    /** Of what comes next, to the limits. */
    private int paid;

    private @Nullable ByteBuf messages;
    private final Queue<Block> blocks = new ArrayDeque<>();
    private boolean isInBlock;
    private boolean willSend;
    private long unsent;
    /** What the socket has taken, how much that was when it was looked at last, and since when it takes nothing more. */
    private long taken;

    private long takenBefore;
    private long stuckSince;

    PeerChannel(Swarm swarm, Channel channel, PeerAddress address, boolean isDialled) {
        this.swarm = swarm;
        this.loop = swarm.loop();
        this.channel = channel;
        this.address = address;
        this.isDialled = isDialled;
        begun = stuckSince = loop.nowNanos();
        input = new PeerInput(swarm.strangers());
        channel.config().setRecvByteBufAllocator(() -> input);
    }

    PeerAddress address() {
        return address;
    }

    @Nullable
    PeerAddress local() {
        return Swarm.peerAddress(channel.localAddress());
    }

    boolean isDialled() {
        return isDialled;
    }

    long begun() {
        return begun;
    }

    /** Null for one who called and has not said what for. */
    @Nullable
    SwarmTorrent torrent() {
        return torrent;
    }

    /** It is known what this connection is for. */
    void join(SwarmTorrent its) {
        torrent = its;
        input.obey(its.downloads());
    }

    void serve(PeerSession its) {
        session = its;
    }

    /** Reads nothing more until {@link #goOn}. */
    void hold(Offer opens) {
        awaited = opens;
        channel.config().setAutoRead(false);
    }

    /** It has a session now. */
    void goOn() {
        if (isClosed) return;
        awaited = null;
        ByteBuf came = input.kept();
        try {
            if (came != null) decode(came);
        } catch (PeerProtocolException e) {
            broke(e);
        }
        if (!isClosed) channel.config().setAutoRead(true);
    }

    // What comes.

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        ByteBuf all = input.filled((ByteBuf) read);
        if (isClosed) return;
        Throttle downloads = torrent == null ? swarm.strangers() : torrent.downloads();
        // Not what was in the buffer before.
        downloads.take(input.lastBytesRead() - paid);
        paid = 0;
        try {
            decode(all);
        } catch (PeerProtocolException e) {
            broke(e);
        }
        if (isClosed) return;
        if (!downloads.isOpen()) {
            channel.config().setAutoRead(false);
            downloads.await(receive);
        }
    }

    private void receive() {
        SwarmTorrent its = torrent;
        if (isClosed || awaited != null) return;
        Throttle downloads = its == null ? swarm.strangers() : its.downloads();
        // Paid before it comes, or all who wait would go at once.
        paid = downloads.portion();
        downloads.take(paid);
        channel.config().setAutoRead(true);
    }

    private void decode(ByteBuf all) throws PeerProtocolException {
        int from = all.readerIndex();
        ByteBuffer in = all.internalNioBuffer(from, all.readableBytes());
        int start = in.position();
        if (!isGreeted) {
            Handshake theirs = Handshake.decode(in);
            if (theirs == null) {
                input.expect(Handshake.LENGTH - in.remaining());
                return;
            }
            isGreeted = true;
            swarm.greeted(this, session, theirs);
        }
        PeerSession its = session;
        if (isClosed) return;
        if (its == null) {
            // It is held: the handshake is read, and nothing behind it.
            all.readerIndex(from + in.position() - start);
            input.expect(PeerMessage.PREFIX_LENGTH);
            return;
        }
        // Longer ones are asked for a turn later at the soonest.
        decoder.agreeOnBlocks(its.longestBlock());
        PeerMessage.Handler handler = its.at(loop.nowNanos());
        while (decoder.next(in, handler) && !isClosed) {}
        // A session that closed has released the buffer.
        if (isClosed) return;
        all.readerIndex(from + in.position() - start);
        int rest = in.remaining();
        boolean isLengthHere = rest >= PeerMessage.PREFIX_LENGTH;
        input.expect(PeerMessage.PREFIX_LENGTH + (isLengthHere ? in.getInt(in.position()) : 1) - rest);
    }

    private void broke(PeerProtocolException rule) {
        if (session != null) session.broke(rule);
        else close("broke the protocol: " + rule.getMessage());
    }

    // What goes.

    @Override
    public void send(Handshake handshake) {
        if (isClosed) return;
        ByteBuf out = room(Handshake.LENGTH);
        if (out == null) return;
        handshake.encode(out.internalNioBuffer(out.writerIndex(), Handshake.LENGTH));
        wrote(out, Handshake.LENGTH);
    }

    @Override
    public void send(PeerMessage message) {
        if (isClosed) return;
        int length = message.encodedLength();
        ByteBuf out = room(length);
        if (out == null) return;
        message.encode(out.internalNioBuffer(out.writerIndex(), length));
        wrote(out, length);
    }

    /** Null if there is no memory for it; then this connection ends, and no other. */
    private @Nullable ByteBuf room(int length) {
        try {
            ByteBuf out = messages;
            if (out == null) {
                out = channel.alloc().directBuffer(Math.max(MESSAGES, length));
                messages = out;
            }
            return out.ensureWritable(length);
        } catch (OutOfMemoryError e) {
            endSoon("there is no memory: " + e.getMessage());
            return null;
        }
    }

    /** Later, since the session may be in the middle of something. */
    void endSoon(String why) {
        loop.execute(() -> {
            if (session != null) session.close(why);
            else close(why);
        });
    }

    private void wrote(ByteBuf out, int length) {
        out.writerIndex(out.writerIndex() + length);
        unsent += length;
        sendSoon();
    }

    @Override
    public void sendBlock(Request block, long at) {
        SwarmTorrent its = torrent;
        if (isClosed || its == null) return;
        Block added = new Block(block);
        blocks.add(added);
        unsent += added.length();
        its.read(at, block.length(), added);
    }

    @Override
    public long unsent() {
        return unsent;
    }

    private void sendSoon() {
        if (willSend) return;
        willSend = true;
        loop.execute(send);
    }

    private void send() {
        willSend = false;
        SwarmTorrent its = torrent;
        if (isClosed || its == null) return;
        Throttle uploads = its.uploads();
        while (true) {
            if (!isInBlock) writeMessages(uploads);
            Block next = blocks.peek();
            ByteBuf data = next == null ? null : next.data;
            if (next == null || data == null || !channel.isWritable()) break;
            if (!uploads.isOpen()) {
                uploads.await(send);
                break;
            }
            if (!write(next, data, uploads)) break;
        }
        channel.flush();
    }

    private void writeMessages(Throttle uploads) {
        ByteBuf out = messages;
        if (out == null) return;
        messages = null;
        int length = out.readableBytes();
        uploads.take(length);
        channel.write(out).addListener(written -> left(length));
    }

    private void left(int length) {
        unsent -= length;
        taken += length;
    }

    /** @return false if there is no memory for its head */
    private boolean write(Block block, ByteBuf data, Throttle uploads) {
        if (!isInBlock && !writeHead(block.request, uploads)) return false;
        int length = Math.min(data.readableBytes(), uploads.portion());
        uploads.take(length);
        isInBlock = length < data.readableBytes();
        if (isInBlock) {
            channel.write(data.readRetainedSlice(length)).addListener(written -> left(length));
            return true;
        }
        blocks.remove();
        block.data = null;
        channel.write(data).addListener(written -> {
            left(length);
            if (written.isSuccess() && session != null) session.blockSent(block.request.length(), loop.nowNanos());
        });
        return true;
    }

    private boolean writeHead(Request of, Throttle uploads) {
        ByteBuf out = room(Piece.HEAD_LENGTH);
        if (out == null) return false;
        int at = out.writerIndex();
        Piece.encodeHead(of.piece(), of.begin(), of.length(), out.internalNioBuffer(at, Piece.HEAD_LENGTH));
        out.writerIndex(at + Piece.HEAD_LENGTH);
        writeMessages(uploads);
        return true;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (channel.isWritable()) sendSoon();
    }

    /** Whoever asks for much and reads nothing of it holds memory for nothing. */
    void check(long now) {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        boolean isStuck = waiting != null && waiting.totalPendingWriteBytes() > 0 && taken == takenBefore;
        takenBefore = taken;
        if (!isStuck) stuckSince = now;
        else if (now - stuckSince >= STUCK_NANOS) endSoon("does not read what it asked for");
    }

    // The end.

    @Override
    public void close(String why) {
        if (isClosed) return;
        LOG.log(System.Logger.Level.DEBUG, () -> "closing " + address + ": " + why);
        if (torrent != null && !isInBlock) writeMessages(torrent.uploads());
        channel.flush();
        end();
        channel.close();
    }

    private void end() {
        isClosed = true;
        input.release();
        if (messages != null) messages.release();
        messages = null;
        for (Block block : blocks) block.release();
        blocks.clear();
        swarm.strangers().forget(receive);
        if (awaited != null) awaited.hungUp(this);
        if (torrent == null) return;
        torrent.uploads().forget(send);
        torrent.downloads().forget(receive);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (!isClosed) {
            LOG.log(System.Logger.Level.DEBUG, () -> address + " hung up");
            end();
            if (session != null) session.closed("it hung up");
        }
        // Also what Netty asked for after the end.
        input.release();
        swarm.closed(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
        boolean isTheirs = failure instanceof IOException || failure instanceof OutOfMemoryError;
        System.Logger.Level level = isTheirs ? System.Logger.Level.DEBUG : System.Logger.Level.ERROR;
        LOG.log(level, () -> "the connection with " + address + " broke", failure);
        if (session != null) session.close("the connection broke: " + failure.getMessage());
        else close("the connection broke: " + failure.getMessage());
    }

    /** One that was asked for, in its place. */
    private final class Block implements PieceStore.Reader {
        private final Request request;
        /** Null until it was read. */
        private @Nullable ByteBuf data;

        Block(Request request) {
            this.request = request;
        }

        int length() {
            return Piece.HEAD_LENGTH + request.length();
        }

        @Override
        public void read(ByteBuffer bytes) {
            if (isClosed) return;
            try {
                has(channel.alloc().directBuffer(request.length()).writeBytes(bytes));
            } catch (OutOfMemoryError e) {
                endSoon("there is no memory: " + e.getMessage());
            }
        }

        @Override
        public void lend(ByteBuffer bytes, Runnable giveBack) {
            if (isClosed) giveBack.run();
            else has(new Lent(bytes, giveBack));
        }

        private void has(ByteBuf bytes) {
            data = bytes;
            if (blocks.peek() == this) sendSoon();
        }

        @Override
        public void failed(UserError failure) {
            endSoon("cannot read what it wants: " + failure.getMessage());
        }

        void release() {
            if (data != null) data.release();
            data = null;
        }
    }

    /** Bytes of a store, which are given back when the last who has them releases them. */
    private static final class Lent extends UnpooledDirectByteBuf {
        private final Runnable giveBack;

        Lent(ByteBuffer bytes, Runnable giveBack) {
            super(UnpooledByteBufAllocator.DEFAULT, bytes, bytes.remaining());
            this.giveBack = giveBack;
        }

        @Override
        protected void deallocate() {
            super.deallocate();
            giveBack.run();
        }
    }
}
