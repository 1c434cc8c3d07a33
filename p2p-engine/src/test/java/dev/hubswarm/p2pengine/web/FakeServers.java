package dev.hubswarm.p2pengine.web;

import dev.hubswarm.p2pengine.testing.HandLoop;
import dev.hubswarm.protocol.announce.PeerAddress.Scope;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Web servers that do what the test says, one range after the other. Confined to the test's loop. */
final class FakeServers implements WebWire.Dialler {
    private static final int CHUNK = 10_000;

    /** What is answered instead of the range. */
    @SuppressWarnings("ArrayRecordComponent")
    record Reply(WebAnswer head, byte[] body, boolean hangsUp) {
        static Reply of(int status, String... fields) {
            Map<String, String> named = new HashMap<>();
            for (int i = 0; i < fields.length; i += 2) named.put(fields[i], fields[i + 1]);
            return new Reply(WebAnswer.of(status, 0, named::get), new byte[0], false);
        }

        static Reply range(int status, @Nullable String range, byte[] body) {
            return new Reply(new WebAnswer(status, body.length, range, null, null, null, null), body, false);
        }

        Reply hangingUp() {
            return new Reply(head, body, true);
        }
    }

    final Map<String, byte[]> files = new HashMap<>();
    final List<String> asked = new ArrayList<>();
    final Queue<Reply> odd = new ArrayDeque<>();
    final Map<String, Scope> scopes = new HashMap<>();
    double bytesPerSecond = 1e6;
    boolean isSilent;
    boolean knowsRanges = true;
    long sent;
    int dialled;
    int open;

    private final HandLoop loop;

    FakeServers(HandLoop loop) {
        this.loop = loop;
    }

    @Override
    public WebWire dial(URI server, Scope nearest, WebWire.Ears ears) {
        dialled++;
        open++;
        Wire wire = new Wire(ears);
        Scope scope = scopes.getOrDefault(server.getHost(), Scope.GLOBAL);
        loop.execute(() -> {
            if (wire.isClosed) return;
            if (scope.compareTo(nearest) < 0) wire.end(ears::tooNear);
            else ears.connected(scope);
        });
        return wire;
    }

    private final class Wire implements WebWire {
        private final Ears ears;
        private final Deque<Reply> replies = new ArrayDeque<>();
        private boolean isSending;
        private boolean isPaused;
        private @Nullable Runnable next;
        private boolean isClosed;

        Wire(Ears ears) {
            this.ears = ears;
        }

        @Override
        public void get(URI what, long from, long to) {
            asked.add(what + " " + from + "-" + to);
            if (isSilent) return;
            Reply reply = odd.poll();
            replies.add(reply == null ? range(what, from, to) : reply);
            if (!isSending) send();
        }

        private Reply range(URI what, long from, long to) {
            byte[] file = files.get(what.toString());
            if (file == null) return Reply.of(404);
            if (!knowsRanges) return Reply.range(200, null, file);
            String range = "bytes " + from + "-" + (to - 1) + "/" + file.length;
            return Reply.range(206, range, Arrays.copyOfRange(file, (int) from, (int) to));
        }

        private void send() {
            Reply reply = replies.poll();
            isSending = reply != null;
            if (reply == null) return;
            loop.execute(() -> {
                if (isClosed) return;
                ears.head(reply.head);
                body(reply, 0);
            });
        }

        private void body(Reply reply, int at) {
            if (isClosed) return;
            int length = Math.min(CHUNK, reply.body.length - at);
            if (length == 0) {
                if (reply.hangsUp) {
                    end(() -> ears.closed("it hung up"));
                } else {
                    ears.end();
                    if (!isClosed) send();
                }
                return;
            }
            loop.schedule((long) (length / bytesPerSecond * HandLoop.SECOND), () -> {
                if (isClosed) return;
                sent += length;
                ears.body(ByteBuffer.wrap(reply.body, at, length));
                if (isPaused) next = () -> body(reply, at + length);
                else body(reply, at + length);
            });
        }

        private void end(Runnable news) {
            close();
            news.run();
        }

        @Override
        public void pause() {
            isPaused = true;
        }

        @Override
        public void resume() {
            isPaused = false;
            if (next != null) loop.execute(next);
            next = null;
        }

        @Override
        public boolean isHeld() {
            return isPaused;
        }

        @Override
        public void close() {
            if (!isClosed) open--;
            isClosed = true;
        }
    }
}
