package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.hubswarm.agent.proxy.LocalPrograms.Program;
import dev.hubswarm.agent.proxy.LocalPrograms.Trust;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** With a tree that is made as that of Linux is, and once with that. */
@EnabledOnOs(OS.LINUX)
final class LocalProgramsTest {
    private static final int CLIENT = 40_000;
    private static final int PROXY = 8470;
    /** Of one that has nothing to do with us, as it is in the table. */
    private static final String OTHER =
            "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 7 1\n";

    @TempDir
    Path folder;

    private Path processes = Path.of("");
    private Path process = Path.of("");
    private Path library = Path.of("");
    private boolean isInstalled;

    @BeforeEach
    void make() throws IOException {
        processes = Files.createDirectories(folder.resolve("proc"));
        process = Files.createDirectories(processes.resolve("412"));
        Files.createDirectories(processes.resolve("net"));
        Files.createDirectories(processes.resolve("self"));
        Files.createDirectories(processes.resolve("99999/fd"));
        table("tcp", "0100007F:9C40 0100007F:2116");
        Files.createDirectories(process.resolve("fd"));
        Files.createSymbolicLink(process.resolve("fd/0"), Path.of("/dev/null"));
        Files.createSymbolicLink(process.resolve("fd/5"), Path.of("socket:[4711]"));
        Path program = Files.writeString(folder.resolve("fetch"), "\0code\0HTTPS_PROXY\0");
        Files.createSymbolicLink(process.resolve("exe"), program);
        Files.createSymbolicLink(process.resolve("root"), Path.of("/"));
        library = Files.writeString(folder.resolve("libcrypto.so.3"), "x".repeat((1 << 20) - 5) + "SSL_CERT_FILE");
        Files.writeString(process.resolve("cmdline"), "fetch\0https://huggingface.co/x\0");
        Files.writeString(process.resolve("environ"), "HOME=/home/u\0SSL_CERT_FILE=" + bundle() + "\0");
        maps(program);
    }

    private void table(String name, String addresses) throws IOException {
        Files.writeString(
                processes.resolve("net").resolve(name),
                "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
                        + OTHER + "   1: " + addresses
                        + " 01 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 20 4 30 10 -1\n");
    }

    private void maps(Path... files) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Path file : files)
            text.append("7f00-7f10 r--p 0000 08:01 1 ")
                    .append(file)
                    .append("\n7f10-7f20 r-xp 0000 08:01 1      ")
                    .append(file)
                    .append('\n');
        Files.writeString(process.resolve("maps"), text + "7fff-8000 r-xp 0000 00:00 0     [vdso]\n");
    }

    private Path bundle() {
        return folder.resolve("state/ca/bundle.pem");
    }

    private Optional<Program> find() {
        LocalPrograms programs = new LocalPrograms(processes, folder.resolve("state/ca"), () -> isInstalled);
        return Optional.ofNullable(programs.find(local(CLIENT), local(PROXY)));
    }

    private static InetSocketAddress local(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private Trust trust() {
        return find().orElseThrow().trust();
    }

    @Test
    void aProgramThatNamesNoneOfTheVariablesKnowsNothingOfUs() {
        assertEquals(Trust.NOT_TOLD, trust());
        assertEquals("fetch", find().orElseThrow().name());
    }

    @Test
    void oneWhoseLibraryNamesOneDoes() throws IOException {
        maps(library);
        assertEquals(Trust.TOLD, trust());
        maps(folder.resolve("fetch"), Files.writeString(folder.resolve("libgnutls.so.30"), "gnu"), library);
        assertEquals(Trust.NOT_TOLD, trust(), "OpenSSL is there for something else");
        Files.writeString(folder.resolve("fetch"), "WGETRC and SSL_CERT_FILE");
        assertEquals(Trust.TOLD, trust());
    }

    @Test
    void oneThatIsToldByItsWordsDoes() throws IOException {
        Files.writeString(process.resolve("cmdline"), "wget\0--ca-certificate=" + bundle() + "\0");
        assertEquals(Trust.TOLD, trust());
    }

    @Test
    void ofOneThatWeDidNotLeadHereNothingIsKnown() throws IOException {
        Files.writeString(process.resolve("environ"), "HTTPS_PROXY=http://127.0.0.1:8470\0SSL_CERT_FILE=/own.pem\0");
        assertEquals(Trust.UNKNOWN, trust());
    }

    @Test
    void whereTheSystemTrustsUsEverybodyMay() {
        isInstalled = true;
        assertEquals(Trust.UNKNOWN, trust());
    }

    @Test
    void whatCannotBeReadSaysNothing() throws IOException {
        Files.delete(process.resolve("environ"));
        assertEquals(Trust.UNKNOWN, trust());
        Files.delete(process.resolve("exe"));
        assertEquals(Optional.empty(), find());
    }

    @Test
    void javasSocketsAreInTheOtherTable() throws IOException {
        Files.writeString(processes.resolve("net/tcp"), OTHER);
        table("tcp6", "0000000000000000FFFF00000100007F:9C40 0000000000000000FFFF00000100007F:2116");
        assertEquals(Trust.NOT_TOLD, trust());
    }

    @Test
    void whoIsNotHereIsNotFound() throws IOException {
        table("tcp", "0100007F:9C41 0100007F:2116");
        assertEquals(Optional.empty(), find());
        table("tcp", "0100007F:9C40 0100007F:2116");
        Files.delete(process.resolve("fd/5"));
        assertEquals(Optional.empty(), find(), "it is another user's");
        LocalPrograms programs = new LocalPrograms(processes, folder, () -> false);
        assertNull(programs.find(new InetSocketAddress("192.0.2.1", CLIENT), local(PROXY)));
        LocalPrograms nothing = new LocalPrograms(folder.resolve("none"), folder, () -> false);
        assertNull(nothing.find(local(CLIENT), local(PROXY)));
    }

    @Test
    void thisTestIsFound() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
            LocalPrograms programs = new LocalPrograms(Path.of("/proc"), folder.resolve("state/ca"), () -> false);
            Program found =
                    Objects.requireNonNull(programs.find(local(client.getLocalPort()), local(server.getLocalPort())));
            assertEquals(Path.of("/proc/self/exe").toRealPath().toString(), found.file());
            assertEquals(Trust.UNKNOWN, found.trust());
        }
    }
}
