package dev.hubswarm.trackerclient.contact;

import java.io.InterruptedIOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;

/** What to make of a question that got no answer. Stateless. */
public final class NoAnswer {
    private NoAnswer() {}

    /** What a future that follows another failed with. */
    public static Throwable cause(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : null;
        return cause == null ? failure : cause;
    }

    /** For people. */
    public static String why(Throwable failure) {
        Throwable cause = cause(failure);
        boolean late = cause instanceof TimeoutException || cause instanceof InterruptedIOException;
        return late ? "the tracker did not answer in time" : String.valueOf(cause.getMessage());
    }
}
