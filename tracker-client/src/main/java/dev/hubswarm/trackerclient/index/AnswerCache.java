package dev.hubswarm.trackerclient.index;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import java.time.Duration;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Remembers what a tracker answered, for a time that differs from answer to answer. Thread-safe. */
final class AnswerCache<K, V> {
    /** The tracker's counts are of interest, and rivals may turn up. */
    static final Duration SOMETHING = Duration.ofMinutes(5);
    /**
     * A transfer without a torrent asks again every 30 s (design.md section 6) and must hear of those who just
     * finished; this is for clients that ask for one file many times.
     */
    static final Duration NOTHING = Duration.ofSeconds(10);

    private final Cache<K, V> answers;

    /**
     * @param weight of an answer in bytes; 0 if it says that there is nothing
     * @param random thread-safe
     */
    AnswerCache(long maxWeight, ToIntFunction<V> weight, Ticker ticker, RandomGenerator random) {
        answers = Caffeine.newBuilder()
                .maximumWeight(maxWeight)
                // Beside its weight an entry costs some bytes itself.
                .weigher((K key, V answer) -> 256 + weight.applyAsInt(answer))
                .executor(Runnable::run)
                .ticker(ticker)
                .expireAfter(Expiry.<K, V>writing((key, answer) -> {
                    long most = (weight.applyAsInt(answer) == 0 ? NOTHING : SOMETHING).toNanos();
                    return Duration.ofNanos(random.nextLong(most / 2, most));
                }))
                .build();
    }

    /** Of a torrent, whose bytes its info and piece hashes make up. */
    static int weight(Metainfo torrent) {
        return torrent.info().remaining() + torrent.pieceCount() * Hash.SHA256_LENGTH;
    }

    @Nullable
    V get(K question) {
        return answers.getIfPresent(question);
    }

    void put(K question, V answer) {
        answers.put(question, answer);
    }
}
