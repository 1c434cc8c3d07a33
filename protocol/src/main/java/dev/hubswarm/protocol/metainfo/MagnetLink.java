package dev.hubswarm.protocol.metainfo;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A magnet link (BEP 9, BEP 52, BEP 53). Immutable.
 *
 * @param name {@code dn}: what to call the torrent until its metadata is known
 * @param size {@code xl}: the length in bytes, or -1
 * @param trackers {@code tr}
 * @param webSeeds {@code ws}
 * @param selectedFiles {@code so}: which files are wanted; empty for all
 * @param peers {@code x.pe}
 */
public record MagnetLink(
        InfoHash infoHash,
        @Nullable String name,
        long size,
        List<String> trackers,
        List<String> webSeeds,
        List<IndexRange> selectedFiles,
        List<PeerAddress> peers) {
    public static final int MAX_LENGTH = 64 * 1024;
    /** Of each kind; what exceeds it is not read. */
    private static final int MAX_ITEMS = 256;

    private static final String SCHEME = "magnet:?";
    private static final String V1 = "urn:btih:";
    private static final String V2 = "urn:btmh:";
    /** Multihash: function sha2-256, length 32. */
    private static final String SHA256_MULTIHASH = "1220";

    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final String HEX = "0123456789ABCDEF";

    /** File indices from {@code first} to {@code last}, both included. Immutable. */
    public record IndexRange(int first, int last) {
        public IndexRange {
            if (first < 0 || last < first) throw new IllegalArgumentException("not a range: " + first + "-" + last);
        }
    }

    /** Host, without brackets, and port of a peer, not resolved. Immutable. */
    public record PeerAddress(String host, int port) {
        public PeerAddress {
            boolean brackets = host.indexOf('[') >= 0 || host.indexOf(']') >= 0;
            if (host.isEmpty() || brackets || port < 1 || port > 65535) {
                throw new IllegalArgumentException("not a peer address");
            }
        }
    }

    public MagnetLink {
        if (size < -1) throw new IllegalArgumentException("size is " + size);
        trackers = List.copyOf(trackers);
        webSeeds = List.copyOf(webSeeds);
        selectedFiles = List.copyOf(selectedFiles);
        peers = List.copyOf(peers);
    }

    /** The link that leads to a torrent we have. */
    public static MagnetLink of(Metainfo torrent) {
        List<String> trackers = torrent.extras().trackers().stream()
                .flatMap(List::stream)
                .distinct()
                .limit(MAX_ITEMS)
                .toList();
        return new MagnetLink(
                torrent.infoHash(),
                torrent.name(),
                torrent.payloadSize(),
                trackers,
                torrent.extras().webSeeds(),
                List.of(),
                List.of());
    }

    public static MagnetLink parse(String link) throws MetainfoException {
        if (link.length() > MAX_LENGTH) throw new MetainfoException("it is longer than " + MAX_LENGTH + " characters");
        if (!link.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw new MetainfoException("it does not begin with " + SCHEME);
        }
        Parts parts = new Parts();
        int from = SCHEME.length();
        while (from <= link.length()) {
            int to = link.indexOf('&', from);
            if (to < 0) to = link.length();
            // Not by indexOf, which would look for it up to the end of the link, part after part.
            int equals = from;
            while (equals < to && link.charAt(equals) != '=') equals++;
            if (equals < to) parts.add(link.substring(from, equals), link, equals + 1, to);
            from = to + 1;
        }
        if (parts.v1 == null && parts.v2 == null) throw new MetainfoException("it has no BitTorrent info hash");
        MagnetLink read = new MagnetLink(
                new InfoHash(parts.v1, parts.v2),
                parts.name,
                parts.size,
                parts.trackers,
                parts.webSeeds,
                parts.selected,
                parts.peers);
        // What we write of it must be readable in turn, and escapes can make it nine times as long.
        if (read.toString().length() > MAX_LENGTH) {
            throw new MetainfoException("with all escapes it is longer than " + MAX_LENGTH + " characters");
        }
        return read;
    }

    /** The link in one fixed form; parsing it gives an equal value. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(SCHEME);
        Hash v1 = infoHash.v1();
        Hash v2 = infoHash.v2();
        if (v1 != null) out.append("xt=").append(V1).append(v1.hex());
        if (v2 != null)
            out.append(v1 == null ? "xt=" : "&xt=")
                    .append(V2)
                    .append(SHA256_MULTIHASH)
                    .append(v2.hex());
        if (name != null) append(out, "dn", name);
        if (size >= 0) append(out, "xl", Long.toString(size));
        for (String tracker : trackers) append(out, "tr", tracker);
        for (String webSeed : webSeeds) append(out, "ws", webSeed);
        if (!selectedFiles.isEmpty()) {
            out.append("&so=");
            for (int i = 0; i < selectedFiles.size(); i++) {
                IndexRange range = selectedFiles.get(i);
                if (i > 0) out.append(',');
                out.append(range.first);
                if (range.last > range.first) out.append('-').append(range.last);
            }
        }
        for (PeerAddress peer : peers) {
            boolean v6 = peer.host.indexOf(':') >= 0;
            append(out, "x.pe", (v6 ? "[" + peer.host + "]" : peer.host) + ":" + peer.port);
        }
        return out.toString();
    }

    private static void append(StringBuilder out, String key, String value) {
        out.append('&').append(key).append('=');
        for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
            // Unreserved characters of RFC 3986 §2.3; all others are escaped.
            boolean plain = (b >= 'a' && b <= 'z')
                    || (b >= 'A' && b <= 'Z')
                    || (b >= '0' && b <= '9')
                    || b == '-'
                    || b == '.'
                    || b == '_'
                    || b == '~';
            if (plain) out.append((char) b);
            else out.append('%').append(HEX.charAt((b >> 4) & 15)).append(HEX.charAt(b & 15));
        }
    }

    /** What was read so far. */
    private static final class Parts {
        private @Nullable Hash v1;
        private @Nullable Hash v2;
        private @Nullable String name;
        private long size = -1;
        private final List<String> trackers = new ArrayList<>();
        private final List<String> webSeeds = new ArrayList<>();
        private final List<IndexRange> selected = new ArrayList<>();
        private final List<PeerAddress> peers = new ArrayList<>();

        void add(String numberedKey, String link, int from, int to) throws MetainfoException {
            // Old links number what they repeat: tr.1=, tr.2=; but x.pe is a key of its own.
            String key = numberedKey.toLowerCase(Locale.ROOT);
            int dot = key.indexOf('.');
            if (dot > 0 && !key.equals("x.pe")) key = key.substring(0, dot);
            switch (key) {
                case "xt" -> addTopic(decode(link, from, to));
                case "dn" -> name = decode(link, from, to);
                case "xl" -> size = number(link, from, to, Metainfo.MAX_SIZE, "its length");
                case "tr" -> addUrl(trackers, decode(link, from, to));
                case "ws" -> addUrl(webSeeds, decode(link, from, to));
                case "so" -> addSelection(decode(link, from, to));
                case "x.pe" -> addPeer(decode(link, from, to));
                default -> {}
            }
        }

        private void addTopic(String topic) throws MetainfoException {
            if (topic.regionMatches(true, 0, V1, 0, V1.length())) {
                v1 = single(v1, v1Hash(topic.substring(V1.length())));
            } else if (topic.regionMatches(true, 0, V2, 0, V2.length())) {
                v2 = single(v2, v2Hash(topic.substring(V2.length())));
            }
        }

        private static Hash single(@Nullable Hash before, Hash hash) throws MetainfoException {
            if (before != null && !before.equals(hash)) throw new MetainfoException("it names two torrents");
            return hash;
        }

        private static Hash v1Hash(String text) throws MetainfoException {
            if (text.length() == 2 * Hash.SHA1_LENGTH && isHex(text)) return Hash.ofHex(text);
            if (text.length() == 32) return Hash.of(base32(text));
            throw new MetainfoException("a btih is 40 hex digits or 32 base32 characters");
        }

        private static Hash v2Hash(String text) throws MetainfoException {
            boolean sha256 = text.length() == SHA256_MULTIHASH.length() + 2 * Hash.SHA256_LENGTH
                    && text.startsWith(SHA256_MULTIHASH)
                    && isHex(text);
            if (!sha256) throw new MetainfoException("a btmh is " + SHA256_MULTIHASH + " and 64 hex digits");
            return Hash.ofHex(text.substring(SHA256_MULTIHASH.length()));
        }

        private static void addUrl(List<String> urls, String url) {
            if (!url.isEmpty() && urls.size() < MAX_ITEMS) urls.add(url);
        }

        /** BEP 53: indices and ranges, as in 0,2,4-6. */
        private void addSelection(String list) throws MetainfoException {
            int from = 0;
            while (from <= list.length() && selected.size() < MAX_ITEMS) {
                int to = list.indexOf(',', from);
                if (to < 0) to = list.length();
                int dash = list.indexOf('-', from);
                boolean single = dash < 0 || dash > to;
                int first = (int) number(list, from, single ? to : dash, Integer.MAX_VALUE, "a file index");
                int last = single ? first : (int) number(list, dash + 1, to, Integer.MAX_VALUE, "a file index");
                if (last < first) throw new MetainfoException("a range of files runs backwards");
                selected.add(new IndexRange(first, last));
                from = to + 1;
            }
        }

        private void addPeer(String address) throws MetainfoException {
            int colon = address.lastIndexOf(':');
            String host = colon < 0 ? "" : address.substring(0, colon);
            boolean bracketed = host.startsWith("[") && host.endsWith("]");
            if (bracketed) host = host.substring(1, host.length() - 1);
            // Without brackets the port of an IPv6 address cannot be told from its last group.
            boolean unclear = host.isEmpty()
                    || (!bracketed && host.indexOf(':') >= 0)
                    || host.indexOf('[') >= 0
                    || host.indexOf(']') >= 0;
            if (unclear) throw new MetainfoException("a peer address is host:port or [IPv6]:port");
            long port = number(address, colon + 1, address.length(), 65535, "a port");
            if (port == 0) throw new MetainfoException("a port is 0");
            if (peers.size() < MAX_ITEMS) peers.add(new PeerAddress(host, (int) port));
        }
    }

    private static long number(String text, int from, int to, long max, String what) throws MetainfoException {
        long value = 0;
        boolean plain = from < to;
        for (int i = from; plain && i < to; i++) {
            int digit = text.charAt(i) - '0';
            value = value * 10 + digit;
            // Checked digit by digit, so that it cannot overflow.
            plain = digit >= 0 && digit <= 9 && value <= max;
        }
        if (!plain) throw new MetainfoException(what + " is not a number up to " + max);
        return value;
    }

    private static boolean isHex(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!HexFormat.isHexDigit(text.charAt(i))) return false;
        }
        return true;
    }

    /** RFC 4648 §6, of exactly 32 characters, thus without padding. */
    private static byte[] base32(String text) throws MetainfoException {
        byte[] out = new byte[Hash.SHA1_LENGTH];
        long bits = 0;
        int held = 0;
        int at = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // Only of ASCII: the upper case of U+0131 is an I, too.
            int value = BASE32.indexOf(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
            if (value < 0) throw new MetainfoException("a btih has a character that is not base32");
            bits = (bits << 5) | value;
            held += 5;
            if (held >= 8) {
                held -= 8;
                out[at++] = (byte) (bits >> held);
            }
        }
        return out;
    }

    /** RFC 3986 §2.1, and a plus sign for a blank, as in forms. */
    private static String decode(String link, int from, int to) throws MetainfoException {
        String value = link.substring(from, to);
        boolean plain = true;
        for (int i = 0; i < value.length(); i++) {
            int c = value.codePointAt(i);
            plain &= c < 0x80 && c != '%' && c != '+';
            if (c >= Character.MIN_SUPPLEMENTARY_CODE_POINT) i++;
            else if (Character.isSurrogate((char) c)) throw new MetainfoException("a value is not Unicode");
        }
        if (plain) return value;
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        int length = 0;
        for (int i = 0; i < utf8.length; i++) {
            byte b = utf8[i];
            if (b == '%') {
                boolean hex =
                        i + 2 < utf8.length && HexFormat.isHexDigit(utf8[i + 1]) && HexFormat.isHexDigit(utf8[i + 2]);
                if (!hex) throw new MetainfoException("a percent sign is not followed by two hex digits");
                b = (byte) (HexFormat.fromHexDigit(utf8[i + 1]) << 4 | HexFormat.fromHexDigit(utf8[i + 2]));
                i += 2;
            } else if (b == '+') {
                b = ' ';
            }
            utf8[length++] = b;
        }
        if (!Utf8.isValid(utf8, 0, length)) throw new MetainfoException("a value is not UTF-8");
        return new String(utf8, 0, length, StandardCharsets.UTF_8);
    }
}
