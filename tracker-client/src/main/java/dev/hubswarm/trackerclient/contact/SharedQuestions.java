package dev.hubswarm.trackerclient.contact;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Has all who want the same at a time share one question, and forgets it with its answer. Thread-safe. */
public final class SharedQuestions<K, V> {
    private final Map<K, CompletableFuture<V>> underWay = new ConcurrentHashMap<>();

    /** @param question is asked if nobody waits for the same */
    @SuppressWarnings("FutureReturnValueIgnored") // That it is over is all there is to hear.
    public CompletableFuture<V> ask(K key, Function<K, CompletableFuture<V>> question) {
        CompletableFuture<V> answer = underWay.computeIfAbsent(key, question);
        answer.whenComplete((value, failure) -> underWay.remove(key, answer));
        return answer;
    }
}
