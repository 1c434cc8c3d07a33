package dev.hubswarm.p2pengine.store;

import dev.hubswarm.base.UserError;
import java.nio.ByteBuffer;
import java.util.BitSet;

/** Files on a disk that fails on demand. Thread-safe as what it stands before. */
public final class FaultyFiles implements PieceFiles {
    /** Throws or does not. */
    public interface Fault {
        void strike() throws UserError;
    }

    private final PieceFiles files;
    public volatile Fault onRead = () -> {};
    public volatile Fault onWrite = () -> {};

    public FaultyFiles(PieceFiles files) {
        this.files = files;
    }

    @Override
    public BitSet held() {
        return files.held();
    }

    @Override
    public boolean isTrusted() {
        return files.isTrusted();
    }

    @Override
    public void write(ByteBuffer bytes, long at) throws UserError {
        onWrite.strike();
        files.write(bytes, at);
    }

    @Override
    public void read(ByteBuffer into, long at) throws UserError {
        onRead.strike();
        files.read(into, at);
    }

    @Override
    public void claim(int piece, boolean fromHub) throws UserError {
        files.claim(piece, fromHub);
    }

    @Override
    public boolean isFromHub(int piece) {
        return files.isFromHub(piece);
    }

    @Override
    public void forget(int piece) throws UserError {
        files.forget(piece);
    }
}
