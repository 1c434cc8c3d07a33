package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that take their time (reliability.md T20), in virtual time. */
final class ClientPatienceTest {
    private final ClientPatience patience = new ClientPatience(() -> {});
    private final EmbeddedChannel channel = new EmbeddedChannel();

    @BeforeEach
    void begin() {
        channel.freezeTime();
        channel.pipeline().addLast(patience, new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                ReferenceCountUtil.release(message);
            }
        });
    }

    @AfterEach
    void end() {
        channel.finishAndReleaseAll();
    }

    private void send(int bytes) {
        channel.writeInbound(Unpooled.wrappedBuffer(new byte[bytes]));
    }

    private void pass(long seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
    }

    /** Sends so much each second until it is left; returns after how many, or the most. */
    private int trickle(int bytes, int most) {
        for (int second = 0; second < most; second++) {
            if (!channel.isOpen()) return second;
            send(bytes);
            pass(1);
        }
        return most;
    }

    @Test
    void whoSaysNothingIsLeft() {
        pass(9);
        assertTrue(channel.isOpen());
        pass(1);
        assertFalse(channel.isOpen());
    }

    @Test
    void aHeadHasTenSecondsHoweverOftenAByteComes() {
        assertEquals(10, trickle(1, 60));
    }

    @Test
    void aBodyThatTricklesIsLeft() {
        send(100);
        patience.headCame();
        assertEquals(20, trickle(1_000, 60));
    }

    @Test
    void aBodyThatComesSlowlyButSurelyIsRead() {
        send(100);
        patience.headCame();
        assertEquals(120, trickle(1_100, 120));
        patience.bodyCame();
        pass(3_600);
        assertTrue(channel.isOpen(), "an answer takes as long as it takes");
    }

    @Test
    void whoWasNotReadIsNotCalledSlow() {
        send(100);
        patience.headCame();
        channel.config().setAutoRead(false);
        pass(300);
        assertTrue(channel.isOpen());
        patience.heldUp();
        channel.config().setAutoRead(true);
        pass(1);
        assertTrue(channel.isOpen());
        for (int looks = 0; looks < 3; looks++) pass(20);
        assertFalse(channel.isOpen(), "then he has to come to the point");
    }

    @Test
    void anIdleConnectionIsKeptForLongerThanClientsKeepIt() {
        send(100);
        patience.bodyCame();
        patience.idle();
        pass(70);
        assertTrue(channel.isOpen());
        send(100);
        patience.bodyCame();
        patience.idle();
        pass(74);
        assertTrue(channel.isOpen());
        pass(1);
        assertFalse(channel.isOpen());
    }
}
