package dev.hubswarm.hubstub;

/** What answers at one of the two host names. Thread-safe. */
interface Site {
    Route route(String target);

    Answer answer(StubRequest request, String body);
}
