package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.store.PieceStore.Listener;
import dev.hubswarm.p2pengine.store.PieceStore.Sender;
import dev.hubswarm.storage.ByteRanges;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;

/** What a store told, in a word each. Confined to the loop. */
final class Heard implements Listener {
    static final PartPieces.Listener NOBODY = new PartPieces.Listener() {
        @Override
        public void claimed() {}

        @Override
        public void forgot(long from) {}
    };

    /** Somebody who sends. */
    record Peer(String name, boolean isHub) implements Sender {
        static final Peer HUB = new Peer("hub", true);

        static Peer of(String name) {
            return new Peer(name, false);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    final List<String> events = new ArrayList<>();
    final List<UserError> failures = new ArrayList<>();
    final ByteRanges fromHub = new ByteRanges();
    int rooms;
    /** What else happens then. */
    IntConsumer onDoubt = piece -> {};

    IntConsumer onWrong = piece -> {};

    BiConsumer<Integer, BitSet> onWrongBlocks = (piece, blocks) -> {};

    @Override
    public void verified(int piece) {
        events.add("verified " + piece);
    }

    @Override
    public void onDiskFromHub(long from, long to) {
        fromHub.add(from, to);
    }

    @Override
    public void received(int piece) {
        events.add("received " + piece);
    }

    @Override
    public void differs(int piece) {
        events.add("differs " + piece);
    }

    @Override
    public void wrong(int piece) {
        events.add("wrong " + piece);
        onWrong.accept(piece);
    }

    @Override
    public void doubted(int piece) {
        events.add("doubted " + piece);
        onDoubt.accept(piece);
    }

    @Override
    public void wrongBlocks(int piece, BitSet blocks, Set<Sender> liars) {
        events.add("wrong blocks " + piece + " " + blocks);
        if (!liars.isEmpty()) lied(piece, liars);
        onWrongBlocks.accept(piece, blocks);
    }

    @Override
    public void lied(int piece, Set<Sender> liars) {
        events.add("lied " + piece + " "
                + liars.stream().map(Object::toString).sorted().toList());
    }

    @Override
    public void roomAgain() {
        rooms++;
    }

    @Override
    public void failed(UserError failure) {
        failures.add(failure);
    }

    boolean has(String event) {
        return events.contains(event);
    }
}
