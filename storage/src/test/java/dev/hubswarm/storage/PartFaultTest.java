package dev.hubswarm.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lets single system calls of a download fail, or kill it there, by strace. */
@Tag("e2e")
final class PartFaultTest {
    private static final int POINTS = Integer.getInteger("hubswarm.faults", 8);
    private static final Pattern FORCE = Pattern.compile("\\b(fsync|fdatasync|close)\\((\\d+)\\)\\s*= (-?\\d+)");

    @TempDir
    Path temporary;

    private record Ran(int code, String said, List<String> calls) {}

    private Ran run(Path folder, String... options) throws IOException, InterruptedException {
        Path trace = temporary.resolve("trace");
        List<String> command = new ArrayList<>(List.of("strace", "-f", "-o", trace.toString()));
        command.addAll(List.of("-e", "trace=pwrite64,fsync,fdatasync,link,linkat,rename,unlink,openat,close"));
        command.addAll(List.of(options));
        command.addAll(PartWriter.command(folder));
        Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ran(child.waitFor(), said, Files.readAllLines(trace));
    }

    private static int first(List<String> calls, String... parts) {
        for (int i = 0; i < calls.size(); i++) {
            String call = calls.get(i);
            if (Stream.of(parts).allMatch(call::contains)) return i;
        }
        return -1;
    }

    @Test
    void theFileIsForcedBeforeItsNameAndItsNameBeforeTheJournalGoes() throws Exception {
        Ran ran = run(temporary);
        assertEquals(0, ran.code(), ran.said());
        List<String> calls = ran.calls();
        int opened = first(calls, "openat(", ".hubswarm-part", "O_EXCL");
        Matcher descriptor = Pattern.compile("= (\\d+)$").matcher(calls.get(opened));
        assertTrue(descriptor.find());
        int forced = first(calls, " fsync(" + descriptor.group(1) + ")");
        int linked = first(calls, "link(", ".hubswarm-part", PartWriter.DIGEST + "\"");
        int dropped = first(calls, "unlink(", ".hubswarm-part");
        int folderOpened = first(calls.subList(linked, calls.size()), "openat(", "blobs\"") + linked;
        int folderForced = first(calls.subList(folderOpened, calls.size()), " fsync(") + folderOpened;
        int journalGone = first(calls, "unlink(", ".j\"");
        List<Integer> order = List.of(opened, forced, linked, dropped, folderOpened, folderForced, journalGone);
        assertEquals(order.stream().sorted().toList(), order);
        assertFalse(order.contains(-1));
    }

    @ParameterizedTest
    @CsvSource({
        "fdatasync,error=EIO",
        "fdatasync,signal=KILL",
        "fsync,error=EIO",
        "fsync,signal=KILL",
        "pwrite64,error=EIO",
        "pwrite64,error=ENOSPC",
        "pwrite64,signal=KILL",
        "link,error=EMLINK",
        "link,signal=KILL",
        "unlink,error=EIO",
        "unlink,signal=KILL"
    })
    void whateverFailsNothingWrongIsPublishedAndTheNextRunFinishes(String call, String fault) throws Exception {
        Random random = new Random(call.hashCode() + fault.hashCode());
        int most = call.equals("pwrite64") || call.equals("fdatasync") ? 80 : 4;
        for (int point = 0; point < Math.min(POINTS, most); point++) {
            int when = most == 4 ? point + 1 : 1 + random.nextInt(most);
            String label = call + " " + fault + " at " + when;
            Path folder = Files.createDirectory(temporary.resolve("run" + point));
            Ran ran = run(folder, "-e", "inject=" + call + ":" + fault + ":when=" + when);
            Path blob = PartCrashTest.blob(folder);
            if (Files.exists(blob)) assertArrayEquals(PartWriter.CONTENT, Files.readAllBytes(blob), label);
            else assertTrue(ran.code() != 0, label);
            assertNoForceAfterAFailedOne(ran.calls(), label);

            Process next = PartCrashTest.start(folder);
            String said = new String(next.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, next.waitFor(), label + ": " + said);
            assertArrayEquals(PartWriter.CONTENT, Files.readAllBytes(blob), label);
        }
    }

    /** Linux drops the pages it could not write, and reports success the next time. */
    private static void assertNoForceAfterAFailedOne(List<String> calls, String label) {
        Set<String> failed = new HashSet<>();
        for (String call : calls) {
            Matcher force = FORCE.matcher(call);
            if (!force.find()) continue;
            String descriptor = force.group(2);
            if (force.group(1).equals("close")) failed.remove(descriptor);
            else if (force.group(3).startsWith("-")) failed.add(descriptor);
            else assertFalse(failed.contains(descriptor), label + ": " + call);
        }
    }
}
