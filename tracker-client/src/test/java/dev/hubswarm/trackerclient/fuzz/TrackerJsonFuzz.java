package dev.hubswarm.trackerclient.fuzz;

import dev.hubswarm.trackerclient.index.AnswerProbe;

/** Whatever a catalogue answers is read within its limits, or refused. */
public final class TrackerJsonFuzz {
    private TrackerJsonFuzz() {}

    public static void fuzzerTestOneInput(byte[] data) {
        AnswerProbe.check(data);
    }
}
