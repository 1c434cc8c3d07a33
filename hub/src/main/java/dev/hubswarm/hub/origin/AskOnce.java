package dev.hubswarm.hub.origin;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.hubswarm.base.UserError;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

/**
 * Remembers answers, and lets one caller ask while others wait for what it hears. Thread-safe.
 *
 * <p>Caffeine's own loading would keep those who wait from being interrupted, and its asynchronous form logs each
 * failure as a warning.
 */
final class AskOnce<K, V> {
    /** Asks for the value of a key. */
    @FunctionalInterface
    interface Question<V> {
        V ask() throws UserError, InterruptedException;
    }

    private final Cache<K, V> known;
    private final ConcurrentMap<K, CompletableFuture<V>> asking = new ConcurrentHashMap<>();

    AskOnce(int most, Function<V, Duration> lifetime, OriginClock clock) {
        known = Caffeine.newBuilder()
                .maximumSize(most)
                .executor(Runnable::run)
                .ticker(clock::nanoTime)
                .expireAfter(Expiry.<K, V>writing((key, value) -> lifetime.apply(value)))
                .build();
    }

    V get(K key, Question<V> question) throws UserError, InterruptedException {
        while (true) {
            CompletableFuture<V> mine = new CompletableFuture<>();
            CompletableFuture<V> theirs = asking.putIfAbsent(key, mine);
            if (theirs == null) return lead(key, mine, question);
            try {
                return theirs.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof UserError error) throw error;
                // Who asked was interrupted, which is no answer for the others.
            }
        }
    }

    private V lead(K key, CompletableFuture<V> mine, Question<V> question) throws UserError, InterruptedException {
        try {
            V value = known.getIfPresent(key);
            if (value == null) {
                value = question.ask();
                known.put(key, value);
            }
            asking.remove(key, mine);
            mine.complete(value);
            return value;
        } catch (UserError | InterruptedException | RuntimeException | Error e) {
            asking.remove(key, mine);
            mine.completeExceptionally(e);
            throw e;
        }
    }

    /** Forgets the value of the key, if it is this one. */
    void forget(K key, V value) {
        known.asMap().remove(key, value);
    }
}
