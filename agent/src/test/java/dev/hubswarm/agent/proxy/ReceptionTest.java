package dev.hubswarm.agent.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReceptionTest {
    @ParameterizedTest
    @CsvSource({
        "https://huggingface.co, huggingface.co, 443, true",
        "https://huggingface.co, hf.co, 443, true",
        "https://huggingface.co, huggingface.co, 8443, false",
        "https://huggingface.co, huggingface.co.evil.example, 443, false",
        "https://huggingface.co, hub.example.com, 443, false",
        "http://127.0.0.1:9000, huggingface.co, 443, true",
        "http://127.0.0.1:9000, 127.0.0.1, 9000, true",
        "http://127.0.0.1:9000, 127.0.0.1, 9001, false",
        "https://hub.example.com, hub.example.com, 443, true",
        "https://hub.example.com, huggingface.co, 443, false",
        "https://hub.example.com, hf.co, 80, false"
    })
    void whatIsMeantForThePublicHubGoesToNoOther(String hub, String host, int port, boolean isHub) {
        HttpOrigin origin = HttpOrigin.of(hub);
        assertEquals(isHub, origin != null && Reception.isHub(origin, host, port));
    }
}
