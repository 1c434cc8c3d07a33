package dev.hubswarm.javaagent.core;

import org.jspecify.annotations.Nullable;

/** What is done at the place of one kind of client through which each of its requests comes. Thread-safe. */
public interface Hook {
    /**
     * Before the client's own code runs.
     *
     * @param call {@code this} and the arguments
     * @return what is to be returned instead of running that code; a {@link Watch} or null to run it
     */
    @Nullable
    Object enter(Object[] call) throws Exception;
}
