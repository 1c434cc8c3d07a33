package dev.hubswarm.trackerserver.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.protocol.announce.PeerAddress;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientAddressTest {
    private static final PeerAddress PROXY = PeerAddress.v4(0x0a000001, 0);

    private final ClientAddress clients = new ClientAddress(
            Stream.of("10.0.0.0/24", "fd00::/64").map(Cidr::parse).toList());

    private PeerAddress client(String fields) throws BadRequestException {
        RequestHead head = new RequestHead();
        String lines = fields.isEmpty() ? "" : fields.replace("|", "\r\n") + "\r\n";
        head.read(Unpooled.copiedBuffer("GET / HTTP/1.1\r\n" + lines + "\r\n", ISO_8859_1));
        return clients.of(head, PROXY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '>',
            quoteCharacter = '`',
            value = {
                "``> 10.0.0.1",
                "X-Forwarded-For: 1.2.3.4> 1.2.3.4",
                "X-Forwarded-For: 6.6.6.6, 1.2.3.4> 1.2.3.4",
                "X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.0.0.7> 1.2.3.4",
                "X-Forwarded-For: 6.6.6.6|X-Forwarded-For: 1.2.3.4> 1.2.3.4",
                "X-Forwarded-For: rubbish, 1.2.3.4> 1.2.3.4",
                "X-Forwarded-For: 1.2.3.4:555> 1.2.3.4",
                "X-Forwarded-For: 10.0.0.9> 10.0.0.1",
                "X-Forwarded-For: 2001:db8::1> 2001:db8::1",
                "X-Forwarded-For: [2001:db8::1]:80> 2001:db8::1",
                "X-Real-IP: 1.2.3.4> 1.2.3.4",
                "X-Real-IP: 10.0.0.2|X-Forwarded-For: 1.2.3.4> 1.2.3.4",
                "X-Real-IP: 1.2.3.4|X-Forwarded-For: 1.2.3.4> 1.2.3.4",
                "Forwarded: for=6.6.6.6, proto=http;for=1.2.3.4> 1.2.3.4",
                "Forwarded: For=\"[2001:db8::1]:4711\"> 2001:db8::1",
            })
    void isTheLastThatIsNoProxy(String fields, String expected) throws Exception {
        assertEquals(PeerAddress.parse(expected, 0), client(fields));
    }

    /** What a client sends, its proxy may pass on beside the header that it sets. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Real-IP: 6.6.6.6|X-Forwarded-For: 1.2.3.4",
                "Forwarded: for=6.6.6.6|X-Forwarded-For: 1.2.3.4",
                "Forwarded: for=6.6.6.6|X-Real-IP: 1.2.3.4",
                "X-Forwarded-For: 1.2.3.4, unknown",
                "X-Forwarded-For:",
                "Forwarded: for=_hidden",
                "Forwarded: proto=http",
            })
    void isNotGuessed(String fields) {
        assertEquals(400, assertThrows(BadRequestException.class, () -> client(fields)).status);
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.200, true", "10.0.1.0, false", "fd00::5, true", "fd00:0:0:1::, false"})
    void knowsItsProxies(String address, boolean trusted) {
        PeerAddress parsed = PeerAddress.parse(address, 0);
        assertEquals(
                List.of(trusted),
                Stream.ofNullable(parsed).map(clients::isTrusted).toList());
    }
}
