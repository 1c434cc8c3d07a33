package dev.hubswarm.protocol.testing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A bencoded dictionary for tests, which may also be a wrong one: unsorted, or with a key that stands twice. */
public final class Dict {
    /** Mutable, as everything here. */
    public static final class Entry {
        public byte[] key;
        public Object value;

        Entry(byte[] key, Object value) {
            this.key = key;
            this.value = value;
        }
    }

    private final List<Entry> entries = new ArrayList<>();

    public List<Entry> entries() {
        return entries;
    }

    /** Replaces the value of a key, or puts it where it belongs among sorted ones. */
    public Dict put(String key, Object value) {
        return put(Bencoding.bytes(key), value);
    }

    public Dict put(byte[] key, Object value) {
        int at = 0;
        while (at < entries.size() && Arrays.compareUnsigned(entries.get(at).key, key) < 0) at++;
        boolean present = at < entries.size() && Arrays.equals(entries.get(at).key, key);
        if (present) entries.get(at).value = value;
        else entries.add(at, new Entry(key, value));
        return this;
    }

    /** Adds an entry at the end, whatever stands before it. */
    public Dict append(String key, Object value) {
        entries.add(new Entry(Bencoding.bytes(key), value));
        return this;
    }

    public Dict append(byte[] key, Object value) {
        entries.add(new Entry(key, value));
        return this;
    }

    public Dict remove(String key) {
        entries.removeIf(entry -> Arrays.equals(entry.key, Bencoding.bytes(key)));
        return this;
    }

    public @Nullable Object find(String key) {
        for (Entry entry : entries) {
            if (Arrays.equals(entry.key, Bencoding.bytes(key))) return entry.value;
        }
        return null;
    }

    public Object get(String key) {
        Object value = find(key);
        if (value == null) throw new IllegalArgumentException("no " + key);
        return value;
    }

    public Dict dict(String key) {
        return (Dict) get(key);
    }

    @SuppressWarnings("unchecked")
    public List<Object> list(String key) {
        return (List<Object>) get(key);
    }

    public byte[] string(String key) {
        return Bencoding.bytes(get(key));
    }

    @Override
    public String toString() {
        return new String(Bencoding.encode(this), StandardCharsets.ISO_8859_1);
    }
}
