package dev.hubswarm.base;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TlsTrustTest {
    @Test
    void aFileWithoutCertificatesIsRefused(@TempDir Path folder) throws Exception {
        Path empty = Files.writeString(folder.resolve("empty.pem"), "");
        Path garbage = Files.writeString(folder.resolve("garbage.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n");
        for (Path file : List.of(empty, garbage, folder.resolve("missing.pem"))) {
            UserError error = assertThrows(UserError.class, () -> TlsTrust.of(file));
            assertTrue(String.valueOf(error.getMessage()).contains(file.toString()), error.getMessage());
        }
    }

    @Test
    void withoutAFileItIsTheRuntimesAuthorities() throws Exception {
        assertTrue(TlsTrust.of(null).trust().getAcceptedIssuers().length > 10);
    }
}
