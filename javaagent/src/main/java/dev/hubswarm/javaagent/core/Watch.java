package dev.hubswarm.javaagent.core;

import java.util.function.Consumer;

/** From a hook: the client's own code is to run, and what it returns is to be told; nothing if it throws. Immutable. */
public record Watch(Consumer<Object> watcher) {}
