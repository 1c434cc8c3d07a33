package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.transfer.Transfer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * All who read one file while it is fetched, and what they may have of it: what the Hub sent, and when the digest of
 * the whole is right, everything (design.md §5, {@code held}). Confined to the loop.
 */
final class ClientReaders {
    private final Transfer transfer;
    private final long size;
    private final List<ClientReader> all = new ArrayList<>();
    private boolean isRight;

    ClientReaders(Transfer transfer, long size) {
        this.transfer = transfer;
        this.size = size;
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** The Hub brings where it begins to read, whatever others have: with nothing to hand out, it would give up. */
    void join(ClientReader reader) {
        all.add(reader);
        if (!isRight) transfer.keepForHub(transfer.geometry().pieceAt(reader.mayEnd()));
        hand(reader);
    }

    void leave(ClientReader reader) {
        all.remove(reader);
    }

    /** Where the first of them waits for more. */
    OptionalLong front() {
        return all.stream()
                .mapToLong(ClientReader::mayEnd)
                .filter(at -> at < size)
                .min();
    }

    /** There may be more for them. */
    void advance() {
        List.copyOf(all).forEach(this::hand);
    }

    private void hand(ClientReader reader) {
        long upTo = isRight || reader.mayEnd() == size ? size : transfer.handOut(reader.mayEnd());
        reader.mayHave(upTo, isRight);
    }

    void tick() {
        for (ClientReader reader : List.copyOf(all)) {
            if (reader.hasNothing()) letHubBring(transfer.geometry().pieceAt(reader.mayEnd()));
            reader.tick();
        }
    }

    /** Of a reader who came late, to where peers had been: the Hub brings that piece again. */
    private void letHubBring(int piece) {
        if (transfer.isKeptForHub(piece)) return;
        transfer.fetchAgain(piece);
        transfer.keepForHub(piece);
    }

    /** The digest is what the Hub says. */
    void right() {
        isRight = true;
        advance();
    }

    void fail(UserError why) {
        for (ClientReader reader : List.copyOf(all)) reader.fail(why);
    }
}
