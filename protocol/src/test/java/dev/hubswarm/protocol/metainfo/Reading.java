package dev.hubswarm.protocol.metainfo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hubswarm.protocol.testing.Bencoding;
import dev.hubswarm.protocol.testing.Dict;

/** Reads torrents that tests put together. Stateless. */
final class Reading {
    private Reading() {}

    /** Reads a canonical torrent both ways, which must agree. */
    static Metainfo read(Dict torrent) throws MetainfoException {
        byte[] bytes = Bencoding.encode(torrent);
        Metainfo strict = Metainfo.readStrictly(bytes.clone());
        Metainfo lenient = Metainfo.read(bytes);
        assertEquals(strict, lenient);
        assertEquals(strict.infoHash(), lenient.infoHash());
        assertEquals(strict.files(), lenient.files());
        return lenient;
    }

    static Metainfo readLeniently(Dict torrent) throws MetainfoException {
        return Metainfo.read(Bencoding.encode(torrent));
    }

    /** Why a torrent is refused, by lenient reading and all the more by strict. */
    static String refusal(Dict torrent) {
        assertThrows(MetainfoException.class, () -> Metainfo.readStrictly(Bencoding.encode(torrent)));
        return lenientRefusal(Bencoding.encode(torrent));
    }

    static String lenientRefusal(byte[] torrent) {
        return String.valueOf(assertThrows(MetainfoException.class, () -> Metainfo.read(torrent))
                .getMessage());
    }

    static String strictRefusal(Dict torrent) {
        byte[] bytes = Bencoding.encode(torrent);
        return String.valueOf(assertThrows(MetainfoException.class, () -> Metainfo.readStrictly(bytes))
                .getMessage());
    }
}
