package dev.hubswarm.protocol.metainfo;

/** Checks UTF-8 (RFC 3629 §4) in place, where decoding would allocate for every name of a hostile torrent. */
final class Utf8 {
    private Utf8() {}

    static boolean isValid(byte[] in, int from, int to) {
        int i = from;
        while (i < to) {
            int lead = in[i] & 0xff;
            int more = lead < 0x80
                    ? 0
                    : lead >= 0xc2 && lead <= 0xdf
                            ? 1
                            : (lead & 0xf0) == 0xe0 ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : -1;
            if (more < 0 || i + more >= to) return false;
            for (int k = 1; k <= more; k++) {
                if ((in[i + k] & 0xc0) != 0x80) return false;
            }
            if (more >= 2) {
                int second = in[i + 1] & 0xff;
                boolean overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
                boolean surrogate = lead == 0xed && second >= 0xa0;
                boolean beyond = lead == 0xf4 && second >= 0x90;
                if (overlong || surrogate || beyond) return false;
            }
            i += more + 1;
        }
        return true;
    }
}
