package dev.hubswarm.storage;

import dev.hubswarm.base.ContentDigest;
import dev.hubswarm.base.UserError;
import dev.hubswarm.testkit.SeededBytes;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A download in a process of its own, which a test may kill: below its folder it fills {@code resume} and {@code
 * blobs}. Says how many pieces it found, a dot for each that is safe, and how it ended.
 */
final class PartWriter {
    static final int PIECE = 1 << 14;
    static final byte[] CONTENT = SeededBytes.of(9, 40 * PIECE + 5);
    static final ContentDigest DIGEST = ContentDigest.of("cd".repeat(32));

    private PartWriter() {}

    static List<String> command(Path folder, String... options) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of("-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        command.addAll(List.of(options));
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        command.addAll(List.of("-cp", path + File.pathSeparator, PartWriter.class.getName(), folder.toString()));
        return command;
    }

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        long[] time = new long[1];
        PartHeader header = new PartHeader(DIGEST, CONTENT.length, PIECE, "test");
        Path blobs = Files.createDirectories(folder.resolve("blobs"));
        // Each look at the clock is two seconds later, so each piece is a batch.
        try (PartFile part = PartFile.open(blobs, folder.resolve("resume"), header, () -> time[0] += 2_000_000_000L)) {
            List<Integer> missing = new ArrayList<>(IntStream.range(0, header.pieces())
                    .filter(piece -> !part.has(piece))
                    .boxed()
                    .toList());
            out.println(header.pieces() - missing.size());
            Collections.shuffle(missing, new Random(missing.size()));
            for (int piece : missing) {
                int from = (int) header.begin(piece);
                int to = (int) header.end(piece);
                part.write(ByteBuffer.wrap(CONTENT, from, to - from), from);
                part.written(from, to, PartFile.Source.HUB);
                part.flush();
                out.print(".");
                out.flush();
            }
            part.publish(blobs.resolve(DIGEST.hex()), false);
            out.println("done");
        } catch (UserError e) {
            out.println(e.getMessage());
            System.exit(1);
        }
    }
}
