package dev.hubswarm.trackerclient.contact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hubswarm.base.Redacted;
import dev.hubswarm.base.UserError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrackerUrlTest {
    @ParameterizedTest
    @CsvSource({
        "http://host:8472, http://host:8472/announce",
        "HTTP://Host:8472/, http://host:8472/announce",
        "https://tracker.example, https://tracker.example/announce",
        "http://host/announce.php?passkey=a%2Bb, http://host/announce.php?passkey=a%2Bb",
        "http://host/prefix/announce, http://host/prefix/announce",
        "http://host/llmpt/, http://host/llmpt/announce",
        "http://host/tr, http://host/tr",
        "http://host/ann?uk=x, http://host/ann?uk=x",
        "http://host/?passkey=x, http://host/?passkey=x",
        "http://host:1/t/se%2Fcret, http://host:1/t/se%2Fcret/announce",
        "http://host:1/t/secret/announce, http://host:1/t/secret/announce",
        "http://[::1]:8472, http://[::1]:8472/announce",
        "' http://host:8472#x', http://host:8472/announce"
    })
    void anAddressSaysWhereToAnnounce(String text, String announce) throws UserError {
        assertEquals(announce, TrackerUrl.parse(text).announce().toString());
    }

    @Test
    void theApiIsAtTheRootWhateverThePath() throws UserError {
        TrackerUrl url = TrackerUrl.parse("http://host:1/prefix/announce?passkey=x");
        assertEquals("http://host:1/api/v2/lookup", url.api("/api/v2/lookup").toString());
    }

    @Test
    void aReadTokenIsTakenFromThePath() throws UserError {
        assertEquals(
                new Redacted("a/b"), TrackerUrl.parse("https://host/t/a%2Fb").readToken());
    }

    @ParameterizedTest
    @CsvSource({
        "udp://host:6969, ''",
        "udp://host:6969/announce, ''",
        "udp://host:6969/t/secret, /t/secret/announce",
        "udp://host:6969/announce?k=v, /announce?k=v"
    })
    void aUdpTrackerIsToldItsPathIfThatSaysSomething(String text, String data) throws UserError {
        TrackerUrl url = TrackerUrl.parse(text);
        assertTrue(url.isUdp());
        assertEquals(data, url.urlData());
        assertEquals("udp://host:6969", url.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "host:80", "ftp://host/", "http://", "http://a b/", "udp://host", "udp://[::1]", "http:/host"
            })
    void whatIsNoTrackerIsRefused(String text) {
        UserError refusal = assertThrows(UserError.class, () -> TrackerUrl.parse(text));
        assertEquals(UserError.Kind.USAGE, refusal.kind());
    }

    @Test
    void aPasswordIsRefusedAndNotRepeated() {
        UserError noScheme = assertThrows(UserError.class, () -> TrackerUrl.parse("host/t/secret"));
        assertTrue(noScheme.toString().contains("The tracker host is"), noScheme.toString());
        assertFalse(noScheme.toString().contains("secret"), noScheme.toString());
        UserError refusal = assertThrows(UserError.class, () -> TrackerUrl.parse("http://user:secret@host/"));
        assertFalse(refusal.toString().contains("secret"), refusal.toString());
        UserError noPort = assertThrows(UserError.class, () -> TrackerUrl.parse("udp://host/t/secret"));
        assertFalse(noPort.toString().contains("secret"), noPort.toString());
    }

    @Test
    void printingItTellsNoSecret() throws UserError {
        TrackerUrl url = TrackerUrl.parse("http://[::1]:80/t/secret/announce?passkey=secret");
        assertEquals("http://[::1]:80", url.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "https://host, true",
        "http://localhost:1, true",
        "http://127.1.2.3:1, true",
        "http://[::1]:1, true",
        "http://host, false",
        "http://127.0.0.1.example, false",
        "udp://127.0.0.1:1, false"
    })
    void onlyTlsAndLoopbackHaveNobodyOnTheWay(String text, boolean authentic) throws UserError {
        assertEquals(authentic, TrackerUrl.parse(text).isAuthentic());
    }
}
