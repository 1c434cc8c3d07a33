package dev.hubswarm.p2pengine.web;

import dev.hubswarm.base.Loop;
import dev.hubswarm.p2pengine.transfer.Run;
import dev.hubswarm.p2pengine.transfer.RunsInOrder;
import dev.hubswarm.p2pengine.transfer.Source;
import dev.hubswarm.p2pengine.transfer.Sources;
import dev.hubswarm.protocol.announce.PeerAddress.Scope;
import dev.hubswarm.protocol.metainfo.FileEntry;
import dev.hubswarm.protocol.metainfo.PieceGeometry;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A web server that has the files (BEP 19). Owns no socket, thread or clock. Confined to the transfer's loop.
 *
 * <p>One connection, with a few ranges asked for ahead once the server has shown that it knows ranges. While the server
 * has no time for us the source has left its transfer, so that nobody waits for it. What it does not have is asked for
 * no more, file by file. Of a server that knows no ranges each file is read in order; what is here already is thrown
 * away, unless others have what follows.
 */
public final class WebSeed implements Source {
    /** Called on the loop. */
    public interface Listener {
        /** It is of no use any more, and has left. */
        void closed(WebSeed seed, String why);
    }

    private static final long SECOND = 1_000_000_000L;
    private static final long PATIENCE_NANOS = 20 * SECOND;
    private static final long IDLE_NANOS = 30 * SECOND;
    private static final long FIRST_REST_NANOS = SECOND;
    private static final int MAX_DOUBLINGS = 8;
    /** A minute or more of them, one after the other. */
    private static final int MANY_FAILURES = 8;

    private static final Duration LONGEST_WAIT = Duration.ofHours(1);
    private static final long OTHERS_TURN_NANOS = 60 * SECOND;

    private static final int MAX_REDIRECTS = 5;
    private static final int AHEAD = 4;
    /** To read on to the end of an answer that is not wanted costs less than another connection. */
    private static final int DRAINED = 64 << 10;

    private static final ByteBuffer ZEROS =
            ByteBuffer.allocateDirect(PieceGeometry.BLOCK_LENGTH).asReadOnlyBuffer();

    private final Loop loop;
    private final Sources sources;
    private final WebLinks links;
    private final WebWire.Dialler dialler;
    private final RandomGenerator random;
    private final Listener listener;
    private final RunsInOrder runs;
    /** Where each file is found by now, and how near that may be. */
    private final List<@Nullable URI> current;

    private final List<Scope> nearest;
    /** Files of which something came since the original link was asked. */
    private final BitSet found = new BitSet();

    private final BitSet pieces = new BitSet();
    private final Scope least;
    private Loop.@Nullable Timer timer;
    private boolean isJoined;
    private boolean isClosed;
    private int failures;
    private @Nullable String trouble;

    private @Nullable WebWire wire;
    private @Nullable Ears ears;
    private @Nullable URI server;
    /** Null until it is connected. */
    private @Nullable Scope reached;
    /** It has answered as is hoped for. */
    private boolean isProven;

    private long heard;
    private long received;
    private final Deque<Question> waiting = new ArrayDeque<>();
    private final Deque<Question> asked = new ArrayDeque<>();

    /** A range of one file. Confined to its seed. */
    private static final class Question {
        private final RunsInOrder.Part part;
        private final int file;
        /** What comes next. */
        private long from;

        private final long to;
        /** Up to where it was asked for; its part may have become shorter since. */
        private long asked;
        /** Of the answer, once its head is here. */
        private long end = -1;
        /** How far the answer has come; before what is wanted, if it brings all of the file. */
        private long at;

        private boolean isWhole;

        private int redirects;

        private Question(RunsInOrder.Part part, int file, long from, long to) {
            this.part = part;
            this.file = file;
            this.from = from;
            this.to = to;
        }

        private long wanted() {
            return Math.min(to, part.end()) - from;
        }
    }

    /** @param least hosts nearer than that are not called; a stranger's torrent should not lead into our network */
    public WebSeed(
            Loop loop,
            Sources sources,
            WebLinks links,
            Scope least,
            WebWire.Dialler dialler,
            RandomGenerator random,
            Listener listener) {
        this.loop = loop;
        this.sources = sources;
        this.links = links;
        this.least = least;
        this.dialler = dialler;
        this.random = random;
        this.listener = listener;
        runs = new RunsInOrder(sources, this, links.space().geometry());
        current = new ArrayList<>(links.links());
        nearest = new ArrayList<>(Collections.nCopies(current.size(), least));
        pieces.set(0, links.space().geometry().pieceCount());
        join();
        timer = loop.schedule(SECOND, this::tick);
    }

    private void join() {
        isJoined = true;
        sources.joined(this, (BitSet) pieces.clone());
        look();
    }

    /** Whoever failed is given nothing before it answers the call. */
    private void tryAgain() {
        timer = loop.schedule(SECOND, this::tick);
        int file = links.space().fileAt(links.space().geometry().offsetOf(pieces.nextSetBit(0)));
        while (current.get(file) == null) file++;
        call(file);
    }

    private void call(int file) {
        server = Objects.requireNonNull(current.get(file));
        heard = loop.nowNanos();
        Ears hearing = new Ears(file);
        ears = hearing;
        wire = dialler.dial(server, nearest.get(file), hearing);
    }

    /** The one that was named, wherever it leads to: scheme, host and port. */
    public String server() {
        URI first = links.links().stream().filter(Objects::nonNull).findFirst().orElseThrow();
        return first.getScheme() + "://" + first.getRawAuthority();
    }

    /** Bytes of files, and of padding that lay between them. */
    public long received() {
        return received;
    }

    /** Why it sends nothing now; null if it does, or is only about to. */
    public @Nullable String trouble() {
        return trouble;
    }

    /** It has failed for long, though that may pass. */
    public boolean isHopeless() {
        return failures >= MANY_FAILURES;
    }

    private void arrived(ByteBuffer bytes) {
        received += bytes.remaining();
        runs.arrived(bytes, loop.nowNanos());
    }

    // What the transfer calls.

    @Override
    public boolean isHub() {
        return false;
    }

    @Override
    public boolean takesLongRuns() {
        return true;
    }

    @Override
    public double bytesPerSecond() {
        return runs.bytesPerSecond();
    }

    @Override
    public void wake() {
        look();
    }

    @Override
    public void cancel(Run run) {
        runs.cancel(run);
    }

    @Override
    public void close(String why) {
        if (isClosed) return;
        isClosed = true;
        leave();
        listener.closed(this, why);
    }

    // Questions.

    /** There may be more to ask for, or less to wait for. */
    private void look() {
        if (!isJoined) return;
        for (RunsInOrder.Part part = runs.pick(loop.nowNanos()); part != null; part = runs.pick(loop.nowNanos())) {
            cut(part);
        }
        Question first = asked.peek();
        if (first != null && first.end >= 0 && first.wanted() <= 0) goOn(first);
        ask();
    }

    /** All that was wanted of the first answer is here. */
    private void goOn(Question first) {
        if (goesOn(first)) {
            if (ears != null) ears.resume();
        } else if (first.isWhole && asked.size() == 1 && waiting.isEmpty() && first.end > first.at) {
            if (ears != null) ears.pause();
        } else if (first.end - first.at > DRAINED) {
            hangUp();
        }
    }

    /** What is wanted next may come in the same answer. */
    private boolean goesOn(Question first) {
        dropUnwanted();
        Question next = waiting.peek();
        if (!first.isWhole || asked.size() > 1 || next == null || next.file != first.file || next.from < first.at)
            return false;
        next.isWhole = true;
        next.at = first.at;
        next.end = first.end;
        asked.remove();
        asked.add(waiting.remove());
        return true;
    }

    private void dropUnwanted() {
        while (!waiting.isEmpty() && waiting.element().wanted() <= 0) waiting.remove();
    }

    private void cut(RunsInOrder.Part part) {
        List<FileEntry> files = links.space().files();
        for (int file = links.space().fileAt(part.at()); file < files.size(); file++) {
            FileEntry next = files.get(file);
            if (next.offset() >= part.end()) break;
            long from = Math.max(part.at(), next.offset());
            long to = Math.min(part.end(), next.offset() + next.length());
            if (!next.padding()) waiting.add(new Question(part, file, from, to));
        }
    }

    private void ask() {
        dropUnwanted();
        while (!waiting.isEmpty() && asked.size() < (isProven ? AHEAD : 1)) {
            Question next = waiting.element();
            URI link = current.get(next.file);
            if (link == null) throw new IllegalStateException("a range of padding");
            if (wire == null) {
                call(next.file);
            } else if (reached == null) {
                return;
            } else if (!isSameServer(link) || reached.compareTo(nearest.get(next.file)) < 0) {
                if (!asked.isEmpty()) return;
                hangUp();
            } else {
                waiting.remove();
                if (asked.isEmpty()) heard = loop.nowNanos();
                asked.add(next);
                long offset = links.space().files().get(next.file).offset();
                next.end = -1;
                next.asked = next.from + next.wanted();
                wire.get(link, next.from - offset, next.asked - offset);
                dropUnwanted();
            }
        }
    }

    private boolean isSameServer(URI link) {
        return server != null
                && link.getScheme().equals(server.getScheme())
                && link.getRawAuthority().equals(server.getRawAuthority());
    }

    /** What was asked for and has not come is asked for again. */
    private void hangUp() {
        if (wire != null) wire.close();
        wire = null;
        ears = null;
        reached = null;
        isProven = false;
        while (!asked.isEmpty()) waiting.addFirst(asked.removeLast());
    }

    // The end, for now or for ever.

    private void leave() {
        if (timer != null) timer.cancel();
        hangUp();
        waiting.clear();
        runs.clear();
        if (isJoined) sources.left(this);
        isJoined = false;
    }

    /** Something is wrong that may pass. */
    private void fail(@Nullable Duration wait, String why) {
        long most = FIRST_REST_NANOS << Math.min(failures++, MAX_DOUBLINGS);
        rest(wait != null ? wait.toNanos() : most / 2 + random.nextLong(most / 2), why);
    }

    private void rest(long nanos, String why) {
        trouble = why;
        leave();
        timer = loop.schedule(Math.max(nanos, SECOND / 2), this::tryAgain);
    }

    /** The server does not have this file, or another one by that name. */
    private void gone(int file, String why) {
        FileEntry gone = links.space().files().get(file);
        PieceGeometry geometry = links.space().geometry();
        leave();
        int last = geometry.pieceAt(gone.offset() + gone.length() - 1);
        for (int piece = geometry.pieceAt(gone.offset()); piece <= last; piece++) {
            pieces.clear(piece);
        }
        if (pieces.isEmpty()) {
            close(why);
        } else {
            join();
            timer = loop.schedule(SECOND, this::tick);
        }
    }

    private void tick() {
        timer = loop.schedule(SECOND, this::tick);
        long silence = loop.nowNanos() - heard;
        if (wire == null) {
            look();
        } else if ((asked.isEmpty() && reached != null) || (ears != null && ears.isPaused)) {
            if (silence >= IDLE_NANOS) hangUp();
        } else if (wire.isHeld()) {
            heard = loop.nowNanos();
        } else if (silence >= PATIENCE_NANOS) {
            fail(null, "it is silent");
        }
    }

    /** Hears what one connection says. */
    private final class Ears implements WebWire.Ears {
        private final int dialledFor;
        private long taken;
        /** Whether, and what came all the same of an answer that brings all of a file, of which nothing is wanted now. */
        private boolean isPaused;

        private boolean hasEnded;
        private ByteBuffer kept = ByteBuffer.allocate(0);

        Ears(int dialledFor) {
            this.dialledFor = dialledFor;
        }

        @Override
        public void connected(Scope scope) {
            reached = scope;
            heard = loop.nowNanos();
            if (isJoined) ask();
            else join();
        }

        @Override
        public void head(WebAnswer answer) {
            heard = loop.nowNanos();
            Question question = asked.peek();
            if (question == null || question.end >= 0) {
                close("it answers what nobody asked");
                return;
            }
            FileEntry file = links.space().files().get(question.file);
            long from = question.from - file.offset();
            long end = answer.end(from, question.asked - file.offset(), file.length());
            question.isWhole = answer.isWhole(file.length());
            if (question.isWhole) {
                whole(question, file);
            } else if (end >= 0) {
                question.end = file.offset() + end;
                question.at = question.from;
                isProven = true;
            } else if (answer.isRedirect() && question.redirects++ < MAX_REDIRECTS) {
                redirect(question.file, answer.location());
            } else if (answer.mayPass()) {
                fail(answer.wait(LONGEST_WAIT), answer.refusal(file.length()));
            } else {
                refused(question.file, answer.refusal(file.length()));
            }
        }

        private void whole(Question question, FileEntry file) {
            isProven = false;
            question.at = file.offset();
            question.end = file.offset() + file.length();
            if (question.from - question.at > DRAINED && sources.isElsewhere(WebSeed.this, question.from)) {
                rest(OTHERS_TURN_NANOS, "it knows no ranges, and others have what is missing");
            } else if (asked.size() > 1 && question.end - question.asked > DRAINED) {
                // It would send all of it again for each of them.
                hangUp();
                look();
            }
        }

        private void redirect(int file, @Nullable String location) {
            URI to = WebLinks.redirect(current.get(file), location);
            if (to == null) {
                gone(file, "it redirects to where nothing can be fetched");
                return;
            }
            current.set(file, to);
            // Whoever is far away does not say which of our neighbours we call (reliability.md T27).
            if (reached != null && reached.compareTo(nearest.get(file)) > 0) nearest.set(file, reached);
            hangUp();
            look();
        }

        /** A link that we were redirected to may have expired. */
        private void refused(int file, String why) {
            if (!found.get(file)
                    || Objects.equals(current.get(file), links.links().get(file))) {
                gone(file, why);
                return;
            }
            current.set(file, links.links().get(file));
            nearest.set(file, least);
            found.clear(file);
            hangUp();
            look();
        }

        /** To ask for it again later would bring all that was before it once more. */
        void pause() {
            isPaused = true;
            if (wire != null) wire.pause();
        }

        void resume() {
            if (!isPaused) return;
            isPaused = false;
            // Its silence was ours.
            heard = loop.nowNanos();
            ByteBuffer rest = kept;
            kept = ByteBuffer.allocate(0);
            take(rest);
            if (isPaused || ears != this || wire == null) return;
            wire.resume();
            if (hasEnded) end();
        }

        @Override
        public void body(ByteBuffer bytes) {
            heard = loop.nowNanos();
            if (isPaused) keep(bytes);
            else take(bytes);
        }

        private void keep(ByteBuffer bytes) {
            kept = ByteBuffer.allocate(kept.remaining() + bytes.remaining())
                    .put(kept)
                    .put(bytes)
                    .flip();
        }

        private void take(ByteBuffer bytes) {
            Question before = null;
            Question question = asked.peek();
            // Without an end it is that of a refusal.
            while (question != before && question != null && question.end >= 0) {
                take(question, bytes);
                before = question;
                look();
                question = asked.peek();
            }
            if (isPaused) keep(bytes);
            // Nobody wants the rest.
            else if (question != null) question.at += bytes.remaining();
        }

        private void take(Question question, ByteBuffer bytes) {
            skip(question, bytes, Math.min(bytes.remaining(), question.from - question.at));
            int length = (int) Math.min(bytes.remaining(), question.wanted());
            if (length <= 0) return;
            fillPadding(question.part, question.from);
            arrived(bytes.slice(bytes.position(), length));
            skip(question, bytes, length);
            question.from += length;
            if (question.wanted() == 0) fillPadding(question.part, Long.MAX_VALUE);
            found.set(question.file);
            worked(length);
        }

        private void skip(Question question, ByteBuffer bytes, long length) {
            bytes.position(bytes.position() + (int) length);
            question.at += length;
        }

        private void worked(long bytes) {
            taken += bytes;
            if (taken < PieceGeometry.BLOCK_LENGTH) return;
            failures = 0;
            trouble = null;
        }

        @Override
        public void end() {
            heard = loop.nowNanos();
            hasEnded = isPaused;
            Question question = asked.peek();
            if (isPaused || question == null || question.end < 0) return;
            asked.remove();
            worked(PieceGeometry.BLOCK_LENGTH);
            if (question.wanted() > 0) {
                // Less came than was asked for, and the rest has to come before what was asked for next.
                if (!asked.isEmpty()) hangUp();
                waiting.addFirst(question);
            }
            look();
        }

        @Override
        public void closed(String why) {
            hangUp();
            // Servers end connections that have been used for long.
            if (taken >= PieceGeometry.BLOCK_LENGTH) look();
            else fail(null, why);
        }

        @Override
        public void tooNear() {
            boolean isNamed =
                    Objects.equals(current.get(dialledFor), links.links().get(dialledFor));
            gone(
                    dialledFor,
                    isNamed ? "its address is not public" : "it leads to an address that is nearer than its own");
        }
    }

    /** Padding that lies before a byte of a part, or behind its last file. */
    private void fillPadding(RunsInOrder.Part part, long before) {
        while (part.at() < Math.min(part.end(), before)) {
            FileEntry file = links.space().files().get(links.space().fileAt(part.at()));
            if (!file.padding()) return;
            long length = Math.min(file.offset() + file.length(), part.end()) - part.at();
            arrived(ZEROS.slice(0, (int) Math.min(length, ZEROS.capacity())));
        }
    }
}
