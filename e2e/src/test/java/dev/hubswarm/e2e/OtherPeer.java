package dev.hubswarm.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.testkit.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Another client with one torrent, on loopback, that finds no peers by itself; it downloads or seeds as its folder says.
 * Confined to one thread.
 */
final class OtherPeer implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 90;

    /** What can be started. */
    enum Client {
        LIBTORRENT,
        ARIA2,
        TRANSMISSION,
        /** Is there for long runs only, since it has to be compiled. */
        RQBIT
    }

    private final Client client;
    private final String torrent;
    private final Path folder;
    private final InetSocketAddress address;
    private final List<String> options;
    private Process process;

    private OtherPeer(Client client, String torrent, Path folder, InetSocketAddress address, List<String> options)
            throws IOException {
        this.client = client;
        this.torrent = torrent;
        this.folder = folder;
        this.address = address;
        this.options = options;
        this.process = launch();
    }

    /**
     * @param torrent a file or a magnet link
     * @param folder where the torrent's file or folder of files is, or will be
     * @param options more of its own
     */
    static OtherPeer start(Client client, String torrent, Path folder, String... options) throws Exception {
        return start(client, torrent, folder, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), options);
    }

    static OtherPeer start(Client client, String torrent, Path folder, InetAddress host, String... options)
            throws Exception {
        Files.createDirectories(home(folder));
        OtherPeer peer = new OtherPeer(
                client, torrent, folder, new InetSocketAddress(host, FreePort.at(host)), List.of(options));
        peer.awaitListening();
        return peer;
    }

    InetSocketAddress address() {
        return address;
    }

    private static Path home(Path folder) {
        return folder.resolveSibling(folder.getFileName() + ".client");
    }

    private Path log() {
        return home(folder).resolve("log");
    }

    private Process launch() throws IOException {
        ProcessBuilder program = new ProcessBuilder(command()).redirectErrorStream(true);
        program.environment().put("HOME", home(folder).toString());
        return program.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                .start();
    }

    private List<String> command() throws IOException {
        String host = address.getAddress().getHostAddress();
        List<String> command = new ArrayList<>();
        switch (client) {
            case LIBTORRENT -> {
                command.addAll(List.of(Tools.require("python").toString(), "-W", "ignore", "-c"));
                command.add(Tools.script("libtorrent_peer.py"));
                String listen = (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
                command.addAll(List.of(torrent, folder.toString(), listen));
                command.addAll(options);
            }
            case ARIA2 -> {
                command.addAll(List.of(
                        Tools.require("aria2c").toString(),
                        "--no-conf",
                        "--dir=" + folder,
                        "--interface=" + host,
                        "--listen-port=" + address.getPort(),
                        "--enable-dht=false",
                        "--enable-dht6=false",
                        "--bt-enable-lpd=false",
                        "--check-integrity=true",
                        "--bt-tracker-connect-timeout=5",
                        "--seed-ratio=0.0"));
                command.addAll(options);
                command.add(torrent);
            }
            case TRANSMISSION -> {
                Path config = Files.createDirectories(home(folder).resolve("config"));
                // The program has no options for these.
                String settings = "{\"dht-enabled\": false, \"lpd-enabled\": false, \"utp-enabled\": false}";
                Files.writeString(config.resolve("settings.json"), settings);
                command.addAll(List.of(
                        Tools.require("transmission-cli").toString(),
                        "--config-dir=" + config,
                        "--download-dir=" + folder,
                        "--port=" + address.getPort(),
                        "--no-portmap"));
                command.addAll(options);
                command.add(torrent);
            }
            case RQBIT -> {
                command.addAll(List.of(
                        Tools.require("rqbit").toString(),
                        "--listen-ip=" + host,
                        "--listen-port=" + address.getPort(),
                        "--disable-dht",
                        "--disable-lsd",
                        "--disable-trackers",
                        "--disable-upnp-port-forward",
                        "download",
                        "--disable-http-api",
                        "--overwrite",
                        "--output-folder=" + folder));
                command.addAll(options);
                command.add(torrent);
            }
        }
        return command;
    }

    private void awaitListening() throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            try (Socket probe = new Socket()) {
                probe.connect(address, 1000);
                return;
            } catch (IOException e) {
                assertTrue(System.nanoTime() < deadline, () -> this + " does not listen");
                assertTrue(!process.waitFor(50, TimeUnit.MILLISECONDS), this::toString);
            }
        }
    }

    /** A line for those that read what they are told. */
    void tell(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    void call(InetSocketAddress peer) throws IOException {
        tell(peer.getAddress().getHostAddress() + " " + peer.getPort());
    }

    /** Stops it in its tracks, as Ctrl-Z does, or lets it go on. */
    void signal(String name) throws Exception {
        Ran.of(List.of("kill", "-" + name, Long.toString(process.pid()))).exits(0);
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** On the same port, with what it left on the disk. */
    void startAgain() throws Exception {
        process = launch();
        awaitListening();
    }

    /** Until it has the same bytes under the same names. */
    void awaitSame(Path wanted) throws Exception {
        Path got = folder.resolve(wanted.getFileName().toString());
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Contents.areSame(wanted, got)) {
            boolean isOver = process.waitFor(100, TimeUnit.MILLISECONDS);
            boolean isLate = System.nanoTime() > deadline;
            if (isOver && !isLate && hasMissedItself()) {
                startAgain();
            } else if (isOver || isLate) {
                assertEquals(Contents.of(wanted), Contents.of(got), this::toString);
                return;
            }
        }
    }

    /**
     * transmission-cli looks five times in a second at its torrent, and ends when it is stopped; which it is for a moment
     * before it begins and, of a magnet link, between its metadata and the check of what is there.
     */
    private boolean hasMissedItself() {
        return client == Client.TRANSMISSION && process.exitValue() == 0;
    }

    @Override
    public void close() {
        // Until then it may still write to its folder.
        process.destroyForcibly().onExit().join();
    }

    @Override
    public String toString() {
        try {
            String said = new String(Files.readAllBytes(log()), StandardCharsets.UTF_8);
            return client + " at " + address + ": " + said.substring(Math.max(0, said.length() - 4000));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
