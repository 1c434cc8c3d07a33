package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.protocol.metainfo.Hash;
import dev.hubswarm.protocol.metainfo.InfoHash;
import dev.hubswarm.protocol.metainfo.Metainfo;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import dev.hubswarm.storage.HashPool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Every v1 and hybrid torrent of the generated inputs opens in aria2 and Transmission, under our info hashes. */
@Tag("e2e")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OtherClientsTest {
    private static final Pattern ARIA2_FILE = Pattern.compile(">>> Printing the contents of file '(.*)'\\.{3}");
    private static final Pattern ARIA2_HASH = Pattern.compile("Info Hash: ([0-9a-f]+)");
    private static final Pattern TRANSMISSION_FILE = Pattern.compile("File: (.*)");
    private static final Pattern TRANSMISSION_HASH = Pattern.compile(" *Hash v[12]: ([0-9a-f]+)");
    private static final int FILES_PER_RUN = 50;

    private record Ours(Path file, String what, Metainfo torrent) {}

    private final List<Ours> all = new ArrayList<>();

    @BeforeAll
    void make(@TempDir Path folder) throws Exception {
        List<GeneratedInput> inputs = GeneratedInput.all();
        try (HashPool pool = HashPool.perCore()) {
            for (int i = 0; i < inputs.size(); i++) {
                GeneratedInput input = inputs.get(i);
                Path source = input.write(folder);
                for (TorrentVersion version : List.of(TorrentVersion.V1, TorrentVersion.HYBRID)) {
                    Metainfo torrent = Creation.plain(pool, source, version, input.pieceLength());
                    add(folder.resolve("%03d-%s.torrent".formatted(i, version)), version + " of " + input, torrent);
                }
                Trees.delete(source);
            }
            Path source = GeneratedInput.file("", 300_000, 16 * 1024).write(folder);
            add(folder.resolve("canonical.torrent"), "canonical torrent", Creation.canonical(pool, source));
        }
    }

    private void add(Path file, String what, Metainfo torrent) throws Exception {
        Files.write(file, torrent.bytes());
        all.add(new Ours(file, what, torrent));
    }

    @Test
    void aria2ReadsThem() throws Exception {
        String aria2 = Tools.require("aria2c").toString();
        Map<Path, List<String>> read = read(List.of(aria2, "--no-conf", "--show-files"), ARIA2_FILE, ARIA2_HASH);
        for (Ours ours : all) {
            String hash = String.valueOf(ours.torrent.infoHash().v1());
            assertEquals(List.of(hash), read.get(ours.file), () -> "aria2 on " + ours.what);
        }
    }

    @Test
    void transmissionReadsThem() throws Exception {
        String transmission = Tools.require("transmission-show").toString();
        String eachOne = "for file; do \"$0\" \"$file\"; done";
        Map<Path, List<String>> read =
                read(List.of("sh", "-c", eachOne, transmission), TRANSMISSION_FILE, TRANSMISSION_HASH);
        for (Ours ours : all) {
            InfoHash hash = ours.torrent.infoHash();
            List<String> expected = isTooDeepForTransmission(ours.torrent)
                    ? List.of()
                    : Stream.of(hash.v1(), hash.v2())
                            .filter(Objects::nonNull)
                            .map(Hash::hex)
                            .toList();
            assertEquals(expected, read.getOrDefault(ours.file, List.of()), () -> "Transmission on " + ours.what);
        }
    }

    /**
     * Transmission gives up on bencoding of 32 levels (MaxBencDepth), and a file tree has a level for each folder and
     * five around them.
     */
    private static boolean isTooDeepForTransmission(Metainfo torrent) {
        if (!torrent.version().hasV2()) return false;
        return torrent.files().stream().anyMatch(file -> file.path().size() - 1 + 5 >= 32);
    }

    /** Runs a program over all torrents and collects the hashes that it prints of each. */
    private Map<Path, List<String>> read(List<String> program, Pattern fileLine, Pattern hashLine) throws Exception {
        Map<Path, List<String>> read = new TreeMap<>();
        List<Path> files = all.stream().map(Ours::file).toList();
        for (int from = 0; from < files.size(); from += FILES_PER_RUN) {
            List<String> command = new ArrayList<>(program);
            List<Path> some = files.subList(from, Math.min(from + FILES_PER_RUN, files.size()));
            some.forEach(file -> command.add(file.toString()));
            List<String> hashes = new ArrayList<>();
            for (String line : Ran.of(command).out().lines().toList()) {
                Matcher file = fileLine.matcher(line);
                Matcher hash = hashLine.matcher(line);
                if (file.matches()) {
                    hashes = new ArrayList<>();
                    read.put(Path.of(file.group(1)), hashes);
                }
                if (hash.matches()) hashes.add(hash.group(1));
            }
        }
        return read;
    }

    /** A torrent without a single byte: aria2 opens it, Transmission says that there are no files in it. */
    @Test
    void transmissionRefusesWhatIsEmpty(@TempDir Path folder) throws Exception {
        String aria2 = Tools.require("aria2c").toString();
        String transmission = Tools.require("transmission-show").toString();
        Path empty = Files.createFile(folder.resolve("empty"));
        try (HashPool pool = HashPool.perCore()) {
            for (TorrentVersion version : List.of(TorrentVersion.V1, TorrentVersion.HYBRID)) {
                Metainfo torrent = Creation.plain(pool, empty, version, 16 * 1024);
                String file = Files.write(folder.resolve("empty.torrent"), torrent.bytes())
                        .toString();
                Ran opened = Ran.of(List.of(aria2, "--no-conf", "--show-files", file));
                assertTrue(
                        opened.out().contains("Info Hash: " + torrent.infoHash().v1()), opened::toString);
                Ran refused = Ran.of(List.of(transmission, file));
                assertTrue(refused.err().contains("no files found"), refused::toString);
            }
        }
    }
}
