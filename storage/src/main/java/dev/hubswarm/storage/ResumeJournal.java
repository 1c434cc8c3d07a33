package dev.hubswarm.storage;

import dev.hubswarm.base.ContentDigest;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Which pieces of a part survive a crash. May claim fewer than there are, never more: a piece is appended after its
 * bytes were forced, and reading ends at the first record that is torn or damaged. Confined to its {@link PartFile}.
 *
 * <p>Whoever has it open holds a lock on it, which the system drops when the process dies; that makes the part a live
 * one. Process ids would be reused, and mean nothing across containers. The lock is Java's own kind, which costs no
 * library; such a lock is lost when any descriptor of the file is closed, so every opening goes through this class.
 */
final class ResumeJournal implements AutoCloseable {
    /** What the journal is about: a part, and the file that was made for it. Immutable. */
    record Header(PartHeader part, Path folder, String name, long inode) {}

    static final String SUFFIX = ".j";

    private static final long MAGIC = 0x6873_7761_726d_6a01L; // "hswarmj", version 1
    private static final int RECORD = 12;
    private static final int FROM_PEER = 1 << 30;
    private static final int MAX_TEXT = 8192;
    private static final int MAX_HEADER = 4 * (MAX_TEXT + 2) + 64;
    private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;
    private final BitSet pieces = new BitSet();
    private final BitSet fromPeers = new BitSet();
    private @Nullable Header header;
    private int generation;
    private long begin;
    private long end;

    private ResumeJournal(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    static ResumeJournal create(Path file, Header header) throws IOException {
        ResumeJournal journal = locked(file, StandardOpenOption.CREATE_NEW);
        if (journal == null) throw new IOException(file + " is locked");
        try {
            journal.begin(header);
        } catch (IOException e) {
            journal.delete();
            throw e;
        }
        return journal;
    }

    /** Null if a living process has it open; {@link #header} is null if it says nothing that can be relied on. */
    static @Nullable ResumeJournal open(Path file) throws IOException {
        ResumeJournal journal = locked(file, StandardOpenOption.READ);
        if (journal == null) return null;
        try {
            journal.load();
        } catch (IOException e) {
            journal.close();
            throw e;
        }
        return journal;
    }

    private static @Nullable ResumeJournal locked(Path file, OpenOption how) throws IOException {
        if (!OPEN_HERE.add(file)) return null;
        FileChannel channel = null;
        boolean ours = false;
        try {
            channel = FileChannel.open(
                    file, how, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
            ours = channel.tryLock() != null;
            return ours ? new ResumeJournal(file, channel) : null;
        } finally {
            if (!ours) {
                if (channel != null) channel.close();
                OPEN_HERE.remove(file);
            }
        }
    }

    @Nullable
    Header header() {
        return header;
    }

    boolean claims(int piece) {
        return pieces.get(piece);
    }

    boolean isFromPeer(int piece) {
        return fromPeers.get(piece);
    }

    BitSet pieces() {
        return (BitSet) pieces.clone();
    }

    /** Claims pieces whose bytes are on the disk already, and forces the claim. */
    void append(BitSet claimed, BitSet peers) throws IOException {
        ByteBuffer records = ByteBuffer.allocate(claimed.cardinality() * RECORD);
        for (int piece = claimed.nextSetBit(0); piece >= 0; piece = claimed.nextSetBit(piece + 1)) {
            int at = records.position();
            records.putInt(peers.get(piece) ? piece | FROM_PEER : piece).putInt(generation);
            records.putInt(crc(records.array(), at, at + 8));
            pieces.set(piece);
            fromPeers.set(piece, peers.get(piece));
        }
        end = write(records.flip(), end);
        channel.force(false);
    }

    /** Takes claims back. Whatever a crash leaves of the new list is shorter than it, so it claims no more. */
    void retain(BitSet kept) throws IOException {
        BitSet claimed = pieces();
        claimed.and(kept);
        BitSet peers = (BitSet) fromPeers.clone();
        pieces.clear();
        fromPeers.clear();
        channel.truncate(begin);
        channel.force(true);
        end = begin;
        append(claimed, peers);
    }

    void delete() throws IOException {
        try {
            Files.deleteIfExists(file);
        } finally {
            close();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            OPEN_HERE.remove(file);
        }
    }

    private void begin(Header begun) throws IOException {
        generation = ThreadLocalRandom.current().nextInt();
        ByteBuffer out = ByteBuffer.allocate(MAX_HEADER);
        out.putLong(MAGIC).putInt(0).putInt(generation);
        out.putLong(begun.part().size()).putInt(begun.part().pieceLength()).putLong(begun.inode());
        putText(out, begun.part().digest().hex());
        putText(out, begun.folder().toString());
        putText(out, begun.name());
        putText(out, begun.part().what());
        out.putInt(Long.BYTES, out.position() + Integer.BYTES);
        out.putInt(crc(out.array(), 0, out.position()));
        header = begun;
        begin = end = write(out.flip(), 0);
        channel.force(true);
        DurableFile.forceFolder(file.getParent());
    }

    private static void putText(ByteBuffer out, String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > MAX_TEXT) throw new IOException("too long for a journal: " + text);
        out.putShort((short) utf8.length).put(utf8);
    }

    private void load() throws IOException {
        long size = channel.size();
        byte[] all = new byte[(int) Math.min(size, MAX_HEADER + (long) RECORD * PartFile.MAX_PIECES)];
        ByteBuffer in = ByteBuffer.wrap(all);
        while (in.hasRemaining() && channel.read(in, in.position()) >= 0) {}
        in.flip();
        header = readHeader(all, in);
        if (header == null) return;
        begin = in.position();
        int count = header.part().pieces();
        while (in.remaining() >= RECORD) {
            int at = in.position();
            int record = in.getInt();
            int piece = record & ~FROM_PEER;
            boolean good = in.getInt() == generation && in.getInt() == crc(all, at, at + 8) && piece < count;
            if (!good) {
                in.position(at);
                break;
            }
            pieces.set(piece);
            fromPeers.set(piece, piece != record);
        }
        end = in.position();
        // Records that come after a damaged one would join those to be written now.
        if (end < size) channel.truncate(end);
    }

    private @Nullable Header readHeader(byte[] all, ByteBuffer in) {
        try {
            if (in.getLong() != MAGIC) return null;
            int length = in.getInt();
            if (length < Long.BYTES || length > MAX_HEADER || length > in.limit()) return null;
            int sum = length - Integer.BYTES;
            if (in.getInt(sum) != crc(all, 0, sum)) return null;
            generation = in.getInt();
            long size = in.getLong();
            int pieceLength = in.getInt();
            long inode = in.getLong();
            ContentDigest digest = ContentDigest.of(text(in));
            Path folder = Path.of(text(in));
            String name = text(in);
            PartHeader part = new PartHeader(digest, size, pieceLength, text(in));
            in.position(length);
            return new Header(part, folder, name, inode);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            return null;
        }
    }

    private static String text(ByteBuffer in) {
        byte[] utf8 = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private long write(ByteBuffer data, long at) throws IOException {
        long next = at;
        while (data.hasRemaining()) next += channel.write(data, next);
        return next;
    }

    private static int crc(byte[] in, int from, int to) {
        CRC32C crc = new CRC32C();
        crc.update(in, from, to - from);
        return (int) crc.getValue();
    }
}
