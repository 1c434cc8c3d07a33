package dev.hubswarm.p2pengine.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.PieceGeometry;
import dev.hubswarm.protocol.peerwire.PeerMessage.Request;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class UploadQueueTest {
    private static final int PIECE = 1 << 20;
    private static final int BLOCK = 1 << 14;
    private static final PieceGeometry GEOMETRY = new PieceGeometry(2000L * PIECE, PIECE);

    private final Answers wire = new Answers();
    private final UploadQueue queue = new UploadQueue(wire);

    private final BitSet readable = new BitSet();
    private final List<Request> refused = new ArrayList<>();

    private void send(double bytesPerSecond) {
        while (queue.isReady(bytesPerSecond)) queue.send(GEOMETRY, bytesPerSecond, readable, refused::add);
    }

    private static Request request(int number) {
        return new Request(number, 0, BLOCK);
    }

    @BeforeEach
    void haveAll() {
        readable.set(0, 2000);
    }

    @Test
    void whatWasLostIsRefused() {
        for (int i = 0; i < 3; i++) queue.add(request(i));
        readable.clear(1);
        send(0);
        assertEquals(List.of(request(0), request(2)), wire.blocks);
        assertEquals(List.of(request(1)), refused);
    }

    @Test
    void sendsInOrder() {
        for (int i = 0; i < 3; i++) assertTrue(queue.add(request(i)));
        send(0);
        assertEquals(List.of(request(0), request(1), request(2)), wire.blocks);
        assertTrue(queue.isDrained());
    }

    @Test
    void sendsUpToTheEndOfAPiece() {
        for (int i = 0; i < 3; i++) queue.add(new Request(0, i * BLOCK, BLOCK));
        queue.add(request(1));
        queue.add(new Request(1, PIECE - BLOCK, BLOCK));
        queue.send(GEOMETRY, 0, readable, refused::add);
        assertEquals(3, wire.blocks.size());
        assertFalse(queue.isAmidPiece(GEOMETRY));
        queue.send(GEOMETRY, 0, readable, refused::add);
        assertFalse(queue.isAmidPiece(GEOMETRY), "it was the last block");
        queue.add(request(2));
        queue.send(GEOMETRY, 0, readable, refused::add);
        assertTrue(queue.isAmidPiece(GEOMETRY), "more of it may be asked for");
        wire.unsent = 64 << 10;
        assertFalse(queue.isDrained());
        wire.unsent--;
        assertTrue(queue.isDrained());
    }

    @Test
    void givesAQuickConnectionMoreAtOnce() {
        for (int i = 0; i < 1000; i++) queue.add(request(i));
        wire.unsent = 1 << 20;
        send(1e6);
        assertTrue(wire.blocks.isEmpty(), "a second's worth is there");
        wire.unsent = (2 << 20) - 1;
        send(1e9);
        assertFalse(wire.blocks.isEmpty());
        wire.blocks.clear();
        wire.unsent = 2 << 20;
        send(1e9);
        assertTrue(wire.blocks.isEmpty());
    }

    @Test
    void hasAnEnd() {
        for (int i = 0; i < UploadQueue.MAX_REQUESTS; i++) assertTrue(queue.add(request(i)));
        assertFalse(queue.add(request(0)));
    }

    @Test
    void refusesAllButSomePieces() {
        for (int i = 0; i < 4; i++) queue.add(request(i));
        queue.retain(piece -> piece == 2, refused::add);
        assertEquals(List.of(request(0), request(1), request(3)), refused);
        send(0);
        assertEquals(List.of(request(2)), wire.blocks);
    }
}
