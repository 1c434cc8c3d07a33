package dev.hubswarm.hubstub;

/**
 * A request and its answer. The status is 0 while there is none, or if the connection was dropped instead.
 * {@code bodyBytes} counts what was handed to the socket. Immutable.
 */
public record Served(StubRequest request, int status, long bodyBytes) {}
