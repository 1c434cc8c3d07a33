package dev.hubswarm.trackerserver.server;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The head of an HTTP request (RFC 9112), looked at where it stands: an announce costs no object. Strict, since there
 * may be a proxy in front that must not see another request than we do. As a sequence of chars it is the target's path
 * and query, each char a byte. Confined to one thread, which uses it for one head after the other.
 */
final class RequestHead implements CharSequence {
    static final String ANNOUNCE = "/announce";
    static final String SCRAPE = "/scrape";
    static final int MAX_LENGTH = 16 << 10;
    private static final int MAX_FIELDS = 100;

    private final byte[] bytes = new byte[MAX_LENGTH];
    /** For each field: where its name starts and ends, and its value. */
    private final int[] fields = new int[4 * MAX_FIELDS];

    private int fieldCount;
    private int at;
    private int end;
    private int methodStart;
    private int methodEnd;
    private int targetStart;
    private int targetEnd;
    private int pathEnd;
    private boolean http10;

    /**
     * Takes the next head out of {@code in}.
     *
     * @return false, taking nothing, if it is not whole
     */
    boolean read(ByteBuf in) throws BadRequestException {
        end = Math.min(in.readableBytes(), MAX_LENGTH);
        in.getBytes(in.readerIndex(), bytes, 0, end);
        at = 0;
        fieldCount = 0;
        if (readLines()) {
            in.skipBytes(at);
            return true;
        }
        if (end == MAX_LENGTH) throw new BadRequestException(431, "the head is too long");
        return false;
    }

    private boolean readLines() throws BadRequestException {
        // RFC 9112 section 2.2: some clients put an empty line behind a body.
        while (at < end && bytes[at] == '\r') {
            if (at + 1 == end) return false;
            if (bytes[at + 1] != '\n') throw malformed();
            at += 2;
        }
        int lineEnd = lineEnd();
        if (lineEnd < 0) return false;
        readRequestLine(lineEnd);
        at = lineEnd + 2;
        while ((lineEnd = lineEnd()) != at) {
            if (lineEnd < 0) return false;
            readField(lineEnd);
            at = lineEnd + 2;
        }
        at += 2;
        return true;
    }

    /** Where the line ends that starts here, or -1 if its end is not there yet. */
    private int lineEnd() throws BadRequestException {
        for (int i = at; i < end; i++) {
            byte b = bytes[i];
            if (b >= ' ' || b < 0) continue;
            if (b == '\r') {
                if (i + 1 == end) return -1;
                if (bytes[i + 1] == '\n') return i;
            }
            if (b != '\t') throw malformed();
        }
        return -1;
    }

    private void readRequestLine(int lineEnd) throws BadRequestException {
        methodStart = at;
        methodEnd = at;
        while (methodEnd < lineEnd && isToken(bytes[methodEnd])) methodEnd++;
        targetStart = methodEnd + 1;
        targetEnd = targetStart;
        while (targetEnd < lineEnd && (bytes[targetEnd] > ' ' || bytes[targetEnd] < 0)) targetEnd++;
        boolean parts = methodEnd > methodStart && bytes[methodEnd] == ' ' && bytes[targetEnd] == ' ';
        if (!parts || !is("HTTP/1.", targetEnd + 1, lineEnd - 1)) throw malformed();
        byte minor = bytes[lineEnd - 1];
        if (minor < '0' || minor > '9') throw malformed();
        http10 = minor == '0';
        skipAuthority();
        if (targetStart == targetEnd || bytes[targetStart] != '/') throw malformed();
        pathEnd = targetStart;
        while (pathEnd < targetEnd && bytes[pathEnd] != '?') pathEnd++;
    }

    /** RFC 9112 section 3.2.2: whoever takes us for a proxy puts scheme and host in front. */
    private void skipAuthority() {
        if (!is("http://", targetStart, Math.min(targetStart + 7, targetEnd))) return;
        targetStart += 7;
        while (targetStart < targetEnd && bytes[targetStart] != '/') targetStart++;
    }

    private void readField(int lineEnd) throws BadRequestException {
        int nameEnd = at;
        while (nameEnd < lineEnd && isToken(bytes[nameEnd])) nameEnd++;
        if (nameEnd == at || nameEnd == lineEnd || bytes[nameEnd] != ':') throw malformed();
        if (fieldCount == MAX_FIELDS) throw new BadRequestException(431, "the head has too many fields");
        int from = nameEnd + 1;
        int to = lineEnd;
        while (from < to && isBlank(bytes[from])) from++;
        while (to > from && isBlank(bytes[to - 1])) to--;
        int field = 4 * fieldCount++;
        fields[field] = at;
        fields[field + 1] = nameEnd;
        fields[field + 2] = from;
        fields[field + 3] = to;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private static boolean isToken(byte b) {
        return b > ' ' && b < 0x7f && "\"(),/:;<=>?@[\\]{}".indexOf(b) < 0;
    }

    private static BadRequestException malformed() {
        return new BadRequestException(400, "not a request of HTTP/1.1");
    }

    boolean isHttp10() {
        return http10;
    }

    boolean methodIs(String method) {
        return is(method, methodStart, methodEnd);
    }

    String method() {
        return text(methodStart, methodEnd);
    }

    /** Which of the two it asks for, perhaps with a token in front, or null. */
    @Nullable
    String announcePath() {
        if (is(ANNOUNCE, targetStart, pathEnd)) return ANNOUNCE;
        if (is(SCRAPE, targetStart, pathEnd)) return SCRAPE;
        if (pathEnd - targetStart < 3 || !is("/t/", targetStart, targetStart + 3)) return null;
        String path = path();
        if (path.endsWith(ANNOUNCE)) return ANNOUNCE;
        return path.endsWith(SCRAPE) ? SCRAPE : null;
    }

    String path() {
        return text(targetStart, pathEnd);
    }

    /** Where the query starts in this sequence; its end if there is none. */
    int query() {
        return Math.min(pathEnd + 1, targetEnd) - targetStart;
    }

    @Nullable
    String queryText() {
        return pathEnd == targetEnd ? null : text(pathEnd + 1, targetEnd);
    }

    /** The index of the next field of that name, in lower case, from {@code index} on, or -1. */
    int find(String name, int index) {
        for (int i = index; i < fieldCount; i++) {
            int from = fields[4 * i];
            int length = fields[4 * i + 1] - from;
            if (length == name.length() && isIgnoringCase(name, from)) return i;
        }
        return -1;
    }

    private boolean isIgnoringCase(String lowerCase, int from) {
        for (int i = 0; i < lowerCase.length(); i++) {
            int c = bytes[from + i];
            if (c >= 'A' && c <= 'Z') c |= 0x20;
            if (c != lowerCase.charAt(i)) return false;
        }
        return true;
    }

    String value(int index) {
        return text(fields[4 * index + 2], fields[4 * index + 3]);
    }

    /** Of several fields of a name the first. */
    Map<String, String> fields() {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < fieldCount; i++) {
            String name = text(fields[4 * i], fields[4 * i + 1]).toLowerCase(Locale.ROOT);
            map.putIfAbsent(name, value(i));
        }
        return map;
    }

    /**
     * RFC 9112 section 3.2: of two, a proxy in front might go by the other.
     *
     * @return whether HTTP/1.1 wants one, and there is none
     */
    boolean lacksHost() throws BadRequestException {
        int host = find("host", 0);
        if (host >= 0 && find("host", host + 1) >= 0) throw new BadRequestException(400, "there is more than one Host");
        return host < 0 && !http10;
    }

    /** The length of the body. */
    long contentLength() throws BadRequestException {
        if (find("transfer-encoding", 0) >= 0) throw new BadRequestException(411, "send a Content-Length");
        int field = find("content-length", 0);
        if (field < 0) return 0;
        String digits = value(field);
        if (find("content-length", field + 1) >= 0 || !digits.matches("[0-9]{1,18}")) throw malformed();
        return Long.parseLong(digits);
    }

    /** RFC 9112 section 9.3. */
    boolean isKeepAlive() {
        boolean keepAlive = !http10;
        for (int i = find("connection", 0); i >= 0; i = find("connection", i + 1)) {
            String options = value(i).toLowerCase(Locale.ROOT);
            if (options.contains("close")) return false;
            if (options.contains("keep-alive")) keepAlive = true;
        }
        return keepAlive;
    }

    private boolean is(String ascii, int from, int to) {
        if (to - from != ascii.length()) return false;
        for (int i = 0; i < ascii.length(); i++) {
            if (bytes[from + i] != ascii.charAt(i)) return false;
        }
        return true;
    }

    private String text(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    @Override
    public int length() {
        return targetEnd - targetStart;
    }

    @Override
    public char charAt(int index) {
        return (char) (bytes[targetStart + index] & 0xff);
    }

    @Override
    public CharSequence subSequence(int from, int to) {
        return text(targetStart + from, targetStart + to);
    }

    @Override
    public String toString() {
        return text(targetStart, targetEnd);
    }
}
