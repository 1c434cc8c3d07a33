package dev.hubswarm.trackerserver.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubswarm.base.UserError;
import dev.hubswarm.protocol.announce.AnnounceEvent;
import dev.hubswarm.protocol.announce.AnnounceRequest;
import dev.hubswarm.protocol.announce.AnnounceResponse;
import dev.hubswarm.protocol.announce.PeerAddress;
import dev.hubswarm.protocol.announce.PeerId;
import dev.hubswarm.protocol.announce.SwarmKey;
import dev.hubswarm.protocol.announce.UdpRequest;
import dev.hubswarm.protocol.announce.UdpResponse;
import dev.hubswarm.testkit.LeakCheck;
import dev.hubswarm.trackerserver.swarm.SwarmConfig;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import io.netty.channel.epoll.Epoll;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class TrackerServerTest {
    private static final SwarmKey SWARM = new SwarmKey(1, 2, 3);

    private TrackerServer server;

    @BeforeEach
    void start() throws Exception {
        start(InetAddress.getLoopbackAddress());
    }

    private void start(InetAddress address) throws Exception {
        SwarmTable swarms = new SwarmTable(SwarmConfig.DEFAULT.withOpen(true), report -> {});
        server = TrackerServer.start(
                new ServerConfig(new InetSocketAddress(address, 0), true),
                swarms,
                request -> new ApiAnswer(200, "text/plain", request.path().getBytes(ISO_8859_1), Map.of()));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static AnnounceRequest announce(int port, long left) {
        return new AnnounceRequest(
                SWARM, new PeerId(1, 2, port), port, 0, 0, left, AnnounceEvent.STARTED, -1, 7, true, null);
    }

    private byte[] get(String target) throws Exception {
        return get("127.0.0.1", target);
    }

    private byte[] get(String host, String target) throws Exception {
        URI uri = URI.create("http://" + host + ":" + server.address().getPort() + target);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofByteArray())
                .body();
    }

    private UdpResponse exchange(DatagramSocket socket, UdpRequest request) throws Exception {
        return exchange(socket, InetAddress.getLoopbackAddress(), request);
    }

    private UdpResponse exchange(DatagramSocket socket, InetAddress host, UdpRequest request) throws Exception {
        ByteBuffer out = ByteBuffer.allocate(500);
        request.encode(out);
        socket.send(new DatagramPacket(
                out.array(), out.position(), host, server.address().getPort()));
        DatagramPacket in = new DatagramPacket(new byte[2000], 2000);
        socket.receive(in);
        boolean v6 = host instanceof Inet6Address;
        return UdpResponse.decode(ByteBuffer.wrap(in.getData(), 0, in.getLength()), v6);
    }

    @Test
    void peersThatAnnounceByHttpAndUdpFindEachOther() throws Exception {
        AnnounceResponse first = assertInstanceOf(
                AnnounceResponse.class,
                AnnounceResponse.decode(get("/announce?" + announce(5001, 0).toQuery())));
        assertEquals(0, first.peers().count());
        assertEquals(1, first.complete());
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            socket.setSoTimeout(60_000);
            UdpResponse.Connected connected =
                    assertInstanceOf(UdpResponse.Connected.class, exchange(socket, new UdpRequest.Connect(42)));
            UdpResponse.Announced announced = assertInstanceOf(
                    UdpResponse.Announced.class,
                    exchange(socket, new UdpRequest.Announce(43, connected.connectionId(), announce(5002, 10), "")));
            assertEquals(43, announced.transactionId());
            assertEquals(
                    List.of(PeerAddress.v4(0x7f000001, 5001)),
                    announced.response().peers().toList());
        }
        AnnounceResponse again = assertInstanceOf(
                AnnounceResponse.class,
                AnnounceResponse.decode(get("/announce?" + announce(5001, 0).toQuery())));
        assertEquals(List.of(PeerAddress.v4(0x7f000001, 5002)), again.peers().toList());
    }

    @Test
    void everythingElseGoesToTheApi() throws Exception {
        assertEquals("/health", new String(get("/health"), ISO_8859_1));
    }

    @Test
    void theUnspecifiedIpv6AddressServesBothFamilies() throws Exception {
        InetAddress here6 = loopback(16);
        assumeTrue(isUsable(here6), "no IPv6");
        server.close();
        start(InetAddress.getByAddress(new byte[16]));
        String announce = "/announce?" + announce(5001, 0).toQuery();
        for (String host : List.of("127.0.0.1", "[::1]")) {
            AnnounceResponse response =
                    assertInstanceOf(AnnounceResponse.class, AnnounceResponse.decode(get(host, announce)));
            PeerAddress seen = response.externalAddress();
            assertEquals(host.startsWith("[") ? "0:0:0:0:0:0:0:1" : host, seen == null ? "" : seen.host());
        }
        for (InetAddress host : List.of(InetAddress.getLoopbackAddress(), here6)) {
            try (DatagramSocket socket = new DatagramSocket(0, host)) {
                socket.setSoTimeout(60_000);
                UdpResponse connected = exchange(socket, host, new UdpRequest.Connect(1));
                long id =
                        assertInstanceOf(UdpResponse.Connected.class, connected).connectionId();
                UdpResponse announced = exchange(socket, host, new UdpRequest.Announce(2, id, announce(5002, 1), ""));
                List<PeerAddress> peers = assertInstanceOf(UdpResponse.Announced.class, announced)
                        .response()
                        .peers()
                        .toList();
                assertEquals(List.of(PeerAddress.of(host.getAddress(), 5001)), peers);
            }
        }
    }

    /** A connected socket hears nobody else. */
    @ParameterizedTest
    @ValueSource(ints = {4, 16})
    void datagramsAreAnsweredFromTheAddressThatWasAsked(int addressLength) throws Exception {
        assumeTrue(Epoll.isAvailable(), "without epoll the system chooses");
        assumeTrue(isUsable(loopback(addressLength)), "no IPv6");
        server.close();
        start(InetAddress.getByAddress(new byte[addressLength]));
        List<InetAddress> asked = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLinkLocalAddress() && address.getAddress().length <= addressLength)
                .toList();
        assumeTrue(asked.stream().anyMatch(address -> !address.isLoopbackAddress()), "loopback only");
        for (InetAddress address : asked) {
            try (DatagramSocket socket = new DatagramSocket(0, loopback(address.getAddress().length))) {
                socket.setSoTimeout(60_000);
                socket.connect(address, server.address().getPort());
                assertInstanceOf(
                        UdpResponse.Connected.class,
                        exchange(socket, address, new UdpRequest.Connect(1)),
                        address::toString);
            }
        }
    }

    private static InetAddress loopback(int addressLength) throws UnknownHostException {
        byte[] v6 = new byte[addressLength];
        v6[addressLength - 1] = 1;
        return addressLength == 4 ? InetAddress.getLoopbackAddress() : InetAddress.getByAddress(v6);
    }

    private static boolean isUsable(InetAddress address) {
        try (DatagramSocket socket = new DatagramSocket(0, address)) {
            return socket.isBound();
        } catch (SocketException e) {
            return false;
        }
    }

    private static UserError refusal(InetSocketAddress address) {
        ServerConfig config = new ServerConfig(address, true);
        SwarmTable swarms = new SwarmTable(SwarmConfig.DEFAULT, report -> {});
        return assertThrows(
                UserError.class,
                () -> TrackerServer.start(config, swarms, request -> new ApiAnswer(200, "", new byte[0], Map.of())));
    }

    @Test
    void saysWhichPortAnotherProgramHas() throws Exception {
        String taken = "The tracker cannot listen on 127.0.0.1:%d (%s): another program has that port."
                + " Stop that one, or choose another port with --listen.";
        int port = server.address().getPort();
        assertEquals(taken.formatted(port, "TCP"), refusal(server.address()).getMessage());
        server.close();
        try (DatagramSocket other = new DatagramSocket(port, InetAddress.getLoopbackAddress())) {
            assertTrue(other.isBound());
            assertEquals(
                    taken.formatted(port, "UDP"),
                    refusal(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                            .getMessage());
        }
    }

    @Test
    void saysThatAnAddressIsOfAnotherMachine() throws Exception {
        // RFC 5737: nobody has it.
        UserError error = refusal(new InetSocketAddress(InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 1}), 0));
        assertEquals(UserError.Kind.USAGE, error.kind());
        assertEquals(
                "The tracker cannot listen on 192.0.2.1:0 (TCP): this machine has no such address."
                        + " Choose one that it has with --listen, or 0.0.0.0 or [::] for all.",
                error.getMessage());
    }
}
