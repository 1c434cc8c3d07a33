package dev.hubswarm.agent.accelerator;

import dev.hubswarm.base.UserError;
import dev.hubswarm.p2pengine.transfer.Transfer;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * All who read one file while it is fetched, and what they may have of it: what the Hub sent, and when the digest of
 * the whole is right, everything (design.md §5, {@code held}); where the user believes who published the torrent, also
 * each piece that is as the torrent says ({@code attested}). Confined to the loop.
 */
final class ClientReaders {
    private final Transfer transfer;
    private final long size;
    private final BooleanSupplier isAttested;
    private final List<ClientReader> all = new ArrayList<>();
    private boolean isRight;

    /** @param isAttested whether what the torrent says is believed now */
    ClientReaders(Transfer transfer, long size, BooleanSupplier isAttested) {
        this.transfer = transfer;
        this.size = size;
        this.isAttested = isAttested;
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

    /** Where the first of them waits for more; who has nothing at all comes before those who have something. */
    OptionalLong front() {
        OptionalLong hungry = front(ClientReader::hasNothing);
        return hungry.isPresent() ? hungry : front(reader -> !reader.hasAll());
    }

    private OptionalLong front(Predicate<ClientReader> who) {
        return all.stream().filter(who).mapToLong(ClientReader::mayEnd).min();
    }

    /** There may be more for them. */
    void advance() {
        List.copyOf(all).forEach(this::hand);
    }

    private void hand(ClientReader reader) {
        if (isRight) reader.mayHave(size, true);
        if (isRight || reader.hasAll()) return;
        reader.mayHave(transfer.handOut(reader.mayEnd()), false);
        if (isAttested.getAsBoolean()) handOnTrust(reader);
    }

    /** Each piece as soon as it is what the torrent says, and what the Hub sent between them. */
    private void handOnTrust(ClientReader reader) {
        PieceGeometry geometry = transfer.geometry();
        for (long at = reader.mayEnd(); at < size; at = reader.mayEnd()) {
            int piece = geometry.pieceAt(at);
            if (!transfer.verified().get(piece)) return;
            reader.mayHaveOnTrust(geometry.offsetOf(piece) + geometry.lengthOf(piece));
            if (reader.mayEnd() < size) reader.mayHave(transfer.handOut(reader.mayEnd()), false);
        }
    }

    /**
     * What the torrent says is not the file.
     *
     * @return whether anybody was given something on its word
     */
    boolean betray() {
        boolean isAny = false;
        for (ClientReader reader : List.copyOf(all)) isAny |= reader.betray();
        return isAny;
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
