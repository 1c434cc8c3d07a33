package dev.hubswarm.seeder;

import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.Openness;
import dev.hubswarm.hub.origin.RemoteFile;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Asks the Hub, one repository at a time, whether files are public. Thread-safe: one monitor guards the queue, and is
 * not held while the Hub is asked, which one thread does that may wait as long as the Hub wants.
 */
final class Questions implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Questions.class.getName());

    /** About one commit at once: what comes in between has its turn after these. */
    private static final int TOGETHER = 100;

    private record Question(RemoteFile file, Consumer<Openness> answer) {}

    private final HubOrigin hub;
    private final Deque<Question> waiting = new ArrayDeque<>();
    private final Thread thread;
    private boolean isClosed;

    Questions(HubOrigin hub) {
        this.hub = hub;
        thread = new Thread(this::work, "hubswarm-seed-check");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * @param isUrgent whether somebody waits for it
     * @param answer called on the thread that asks; not at all if this is closed before
     */
    synchronized void ask(RemoteFile file, boolean isUrgent, Consumer<Openness> answer) {
        Question question = new Question(file, answer);
        if (isUrgent) waiting.addFirst(question);
        else waiting.addLast(question);
        notifyAll();
    }

    private void work() {
        try {
            while (true) {
                List<Question> some = take();
                Set<RemoteFile> files = new LinkedHashSet<>();
                for (Question question : some) files.add(question.file);
                Map<RemoteFile, Openness> found = openness(files);
                for (Question question : some)
                    question.answer.accept(found.getOrDefault(question.file, Openness.UNKNOWN));
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    private Map<RemoteFile, Openness> openness(Set<RemoteFile> files) throws InterruptedException {
        try {
            return hub.openness(files);
        } catch (RuntimeException e) {
            // The thread's last handler: without it nothing would ever be asked again.
            LOG.log(System.Logger.Level.ERROR, () -> "Asking the Hub broke", e);
            return Map.of();
        }
    }

    /** Those that wait about the first one's commit. */
    private synchronized List<Question> take() throws InterruptedException {
        while (waiting.isEmpty()) {
            if (isClosed) throw new InterruptedException();
            wait();
        }
        RemoteFile first = waiting.getFirst().file;
        List<Question> some = new ArrayList<>();
        for (Iterator<Question> all = waiting.iterator(); all.hasNext() && some.size() < TOGETHER; ) {
            Question question = all.next();
            if (!question.file.repo().equals(first.repo())
                    || !question.file.commit().equals(first.commit())) continue;
            all.remove();
            some.add(question);
        }
        return some;
    }

    @Override
    public void close() {
        synchronized (this) {
            isClosed = true;
            waiting.clear();
        }
        thread.interrupt();
    }
}
