package dev.hubswarm.trackerclient.fuzz;

import dev.hubswarm.trackerclient.index.AnswerProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Small good inputs to start from. Stateless. */
final class SeedCorpus {
    private SeedCorpus() {}

    /** Writes a folder of seeds for each target below the folder that is named. */
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0], "TrackerJsonFuzz"));
        List<byte[]> samples = AnswerProbe.samples();
        for (int i = 0; i < samples.size(); i++) Files.write(folder.resolve("seed" + i), samples.get(i));
    }
}
