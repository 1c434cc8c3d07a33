package dev.hubswarm.trackerclient.index;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Puts answers together. Stateless. */
final class Answers {
    private Answers() {}

    /** All of them, in their order, when the last is there. */
    static <T> CompletableFuture<List<T>> all(List<CompletableFuture<T>> asked) {
        return CompletableFuture.allOf(asked.toArray(CompletableFuture<?>[]::new))
                .thenApply(done -> asked.stream().map(CompletableFuture::join).toList());
    }
}
