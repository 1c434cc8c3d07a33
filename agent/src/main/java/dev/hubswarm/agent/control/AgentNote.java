package dev.hubswarm.agent.control;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.storage.StateFolder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a running agent says of itself in {@code agent.json}, for programs of the same user. After a kill it stays, and
 * says something of nobody. Immutable.
 *
 * @param proxy where the proxy is, if there is one
 * @param proxySocket the proxy's socket, if there is one
 * @param control where the control port is
 * @param socket the control socket, if there is one
 * @param cacheFolders whose files it may be told of
 */
public record AgentNote(
        String version,
        long pid,
        @Nullable InetSocketAddress proxy,
        @Nullable Path proxySocket,
        InetSocketAddress control,
        @Nullable Path socket,
        int peerPort,
        List<Path> cacheFolders) {
    private static final String FILE = "agent.json";

    /** What is known before it can be spoken to. Immutable. */
    public record Facts(
            String version,
            Path home,
            @Nullable InetSocketAddress proxy,
            @Nullable Path proxySocket,
            int peerPort,
            List<Path> cacheFolders) {
        public Facts {
            cacheFolders = List.copyOf(cacheFolders);
        }
    }

    public AgentNote {
        cacheFolders = List.copyOf(cacheFolders);
    }

    static AgentNote of(Facts facts, InetSocketAddress control, @Nullable Path socket) {
        long pid = ProcessHandle.current().pid();
        return new AgentNote(
                facts.version(),
                pid,
                facts.proxy(),
                facts.proxySocket(),
                control,
                socket,
                facts.peerPort(),
                facts.cacheFolders());
    }

    static Path file(Path home) {
        return home.resolve(FILE);
    }

    void write(Path home) throws UserError {
        byte[] json = JsonText.object(out -> {
            out.writeStringProperty("version", version);
            out.writeNumberProperty("pid", pid);
            if (proxy == null) out.writeNullProperty("proxy");
            else out.writeStringProperty("proxy", text(proxy));
            out.writeStringProperty("control", text(control));
            out.writeObjectPropertyStart("sockets");
            if (proxySocket != null) out.writeStringProperty("proxy", proxySocket.toString());
            if (socket != null) out.writeStringProperty("control", socket.toString());
            out.writeEndObject();
            out.writeNumberProperty("peer_port", peerPort);
            out.writeArrayPropertyStart("cache_dirs");
            for (Path folder : cacheFolders) out.writeString(folder.toString());
            out.writeEndArray();
        });
        try {
            PrivateFile.write(file(home), new String(json, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw StateFolder.unwritable(file(home), e);
        }
    }

    /** @throws IOException if there is none, or none that says enough */
    static AgentNote read(Path home) throws IOException {
        JsonFields fields = JsonFields.read(Files.readAllBytes(file(home)));
        String proxy = fields.text("proxy");
        String proxySocket = fields.text("sockets.proxy");
        String socket = fields.text("sockets.control");
        return new AgentNote(
                fields.required("version"),
                fields.number("pid"),
                proxy == null ? null : address(proxy),
                proxySocket == null ? null : Path.of(proxySocket),
                address(fields.required("control")),
                socket == null ? null : Path.of(socket),
                (int) fields.number("peer_port"),
                fields.list("cache_dirs").stream().map(Path::of).toList());
    }

    private static String text(InetSocketAddress address) {
        return PeerAddress.of(address.getAddress().getAddress(), address.getPort())
                .toString();
    }

    private static InetSocketAddress address(String text) throws IOException {
        int colon = text.lastIndexOf(':');
        try {
            String host = text.substring(0, Math.max(colon, 0)).replaceAll("[\\[\\]]", "");
            return new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            throw new IOException("what should be an address is none", e);
        }
    }
}
