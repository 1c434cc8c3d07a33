package dev.hubswarm.agent.proxy;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.hub.origin.HubOrigin;
import dev.hubswarm.hub.origin.RemoteFile;
import dev.hubswarm.hub.request.RepoRef;
import dev.hubswarm.hub.request.RepoType;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Which files anybody may read: the Hub answered somebody without a token, and says that their repository is neither
 * private nor gated (design.md section 5). Such a file's cached bytes are given to everyone, for a day without a
 * question, and for a week while the Hub cannot be asked. Kept in a file beyond a restart; to lose it costs questions.
 * Thread-safe.
 */
final class PublicNotes {
    private static final System.Logger LOG = System.getLogger(PublicNotes.class.getName());
    private static final Duration LIFETIME = Duration.ofHours(24);
    /** A journey, and not for ever: what was public may have been withdrawn. */
    private static final Duration LIFETIME_OFFLINE = Duration.ofDays(7);

    private static final int MOST = 50_000;
    private static final int FIELDS = 7;

    private record Place(RepoRef repo, String commit, String path) {}

    private record Note(RemoteFile file, long atSecond) {}

    private final Path file;
    private final HubOrigin hub;
    private final Executor background;
    private final Clock clock;
    private final Map<Place, Note> notes = new ConcurrentHashMap<>();

    private PublicNotes(Path file, HubOrigin hub, Executor background, Clock clock) {
        this.file = file;
        this.hub = hub;
        this.background = background;
        this.clock = clock;
    }

    /** @param background where the Hub is asked and the file is written */
    static PublicNotes open(Path file, HubOrigin hub, Executor background, Clock clock) {
        PublicNotes notes = new PublicNotes(file, hub, background, clock);
        try {
            List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
            for (String line : lines.subList(Math.max(0, lines.size() - MOST), lines.size())) {
                Note note = parse(line);
                if (note != null) notes.notes.put(place(note.file), note);
            }
            if (lines.size() > MOST) Files.write(file, lines.subList(lines.size() - MOST, lines.size()));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "cannot read " + file + ": " + e);
        }
        return notes;
    }

    private static Place place(RemoteFile file) {
        return new Place(file.repo(), file.commit(), file.path());
    }

    /** What is there, if anybody might read it today; null if that is to be asked again. */
    @Nullable
    RemoteFile today(RepoRef repo, String commit, String path) {
        return within(LIFETIME, repo, commit, path);
    }

    /** What was there when anybody might read it, not long ago. */
    @Nullable
    RemoteFile lately(RepoRef repo, String commit, String path) {
        return within(LIFETIME_OFFLINE, repo, commit, path);
    }

    private @Nullable RemoteFile within(Duration lifetime, RepoRef repo, String commit, String path) {
        Note note = notes.get(new Place(repo, commit, path));
        boolean isFresh = note != null && clock.instant().getEpochSecond() - note.atSecond < lifetime.toSeconds();
        return note != null && isFresh ? note.file : null;
    }

    /** The Hub has just told of it without seeing a token. */
    void told(RemoteFile seen) {
        look(seen, () -> hub.isPublic(seen.repo(), seen.commit()));
    }

    private void add(RemoteFile seen) {
        if (today(seen.repo(), seen.commit(), seen.path()) != null || notes.size() >= MOST) return;
        Note note = new Note(seen, clock.instant().getEpochSecond());
        notes.put(place(seen), note);
        write(note);
    }

    /** The Hub has told somebody with a token; it is found out whether it needed that. */
    void consider(RemoteFile seen) {
        look(seen, () -> hub.isPublic(seen.repo(), seen.commit(), seen.path()));
    }

    private interface Check {
        boolean passes() throws InterruptedException;
    }

    private void look(RemoteFile seen, Check check) {
        if (today(seen.repo(), seen.commit(), seen.path()) != null) return;
        later(() -> {
            try {
                if (check.passes()) add(seen);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** The Hub says that it is not to be had any more. */
    void remove(RepoRef repo, String commit, String path) {
        notes.remove(new Place(repo, commit, path));
    }

    private void later(Runnable task) {
        try {
            background.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "too busy to note what is public");
        }
    }

    private void write(Note note) {
        RemoteFile seen = note.file;
        String line = String.join(
                " ",
                Long.toString(note.atSecond),
                seen.repo().type().word(),
                seen.repo().id(),
                seen.commit(),
                seen.digest().hex(),
                Long.toString(seen.size()),
                URLEncoder.encode(seen.path(), StandardCharsets.UTF_8));
        try {
            Files.write(file, List.of(line), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "cannot write " + file + ": " + e);
        }
    }

    private static @Nullable Note parse(String line) {
        try {
            String[] fields = line.split(" ", -1);
            RepoType type = fields.length == FIELDS ? RepoType.ofWord(fields[1]) : null;
            if (type == null) return null;
            RemoteFile seen = new RemoteFile(
                    new RepoRef(type, fields[2]),
                    fields[3],
                    URLDecoder.decode(fields[6], StandardCharsets.UTF_8),
                    ContentDigest.of(fields[4]),
                    Long.parseLong(fields[5]));
            return new Note(seen, Long.parseLong(fields[0]));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
