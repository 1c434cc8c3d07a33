package dev.hubswarm.p2pengine.swarm;

import dev.hubswarm.p2pengine.testing.SmallTorrent;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.metainfo.TorrentVersion;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A download in a process of its own, which a test may kill: says how many pieces it found to be right, then how many it
 * has, whenever there are more, and how it ended.
 */
final class KilledLeecher {
    static final int PIECE = 64 << 10;
    static final SmallTorrent TORRENT = SmallTorrent.of(TorrentVersion.HYBRID, PIECE, 100 * PIECE + 5);

    private KilledLeecher() {}

    static List<String> command(Path folder, Path notes, PeerAddress seed) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of("-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        command.addAll(List.of("-cp", path + File.pathSeparator, KilledLeecher.class.getName()));
        command.addAll(List.of(folder.toString(), notes.toString(), String.valueOf(seed.port())));
        return command;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        PeerAddress seed = PeerAddress.v4(0x7f00_0001, Integer.parseInt(arguments[2]));
        try (DiskMember leech = DiskMember.leech(2, TORRENT.metainfo(), Path.of(arguments[0]), Path.of(arguments[1]))) {
            leech.await(leech::isChecked);
            int[] said = {leech.inside(leech::verified)};
            out.println(said[0]);
            leech.found(seed);
            leech.await(() -> {
                int now = leech.verified();
                if (now > said[0]) out.println(now);
                said[0] = now;
                return leech.isDone();
            });
        }
        out.println("done");
    }
}
