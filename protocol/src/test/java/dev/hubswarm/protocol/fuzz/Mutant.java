package dev.hubswarm.protocol.fuzz;

import static dev.hubswarm.protocol.testing.Bencoding.bytes;
import static dev.hubswarm.protocol.testing.Bencoding.dict;
import static dev.hubswarm.protocol.testing.Bencoding.latin;
import static dev.hubswarm.protocol.testing.Bencoding.list;

import dev.hubswarm.protocol.testing.Bencoding;
import dev.hubswarm.protocol.testing.Bencoding.Raw;
import dev.hubswarm.protocol.testing.Dict;
import dev.hubswarm.protocol.testing.NaiveMerkle;
import dev.hubswarm.protocol.testing.Torrents;
import dev.hubswarm.testkit.SeededBytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a torrent of a recipe: the first byte picks a good one, each next few bytes say how to change it. Bytes changed
 * at random seldom get past the outer checks; changed values, keys and places do, and one change repairs what the
 * others broke: sums, padding, hashes. Used once.
 */
final class Mutant {
    private static final int MAX_CHANGES = 24;
    private static final int MAX_VALUES = 2_000;
    private static final int MAX_PIECES = 16;

    private static final long[] NUMBERS = {
        0,
        1,
        -1,
        2,
        16383,
        16384,
        16385,
        32768,
        65536,
        49152,
        1 << 21,
        1 << 30,
        1L << 31,
        1L << 53,
        (1L << 53) + 1,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };
    private static final byte[][] NAMES = {
        bytes(""),
        bytes("a"),
        bytes("A"),
        bytes("a."),
        bytes("."),
        bytes(".."),
        bytes("..."),
        bytes("a/b"),
        bytes("a\\b"),
        bytes("C:"),
        bytes(":a"),
        bytes("é"),
        bytes("e\u0301"),
        bytes("ß"),
        bytes("ss"),
        bytes("漢"),
        bytes("😀"),
        bytes("name"),
        bytes("n0"),
        bytes(".pad"),
        bytes("a\u0000"),
        bytes("\u0085"),
        latin("\u00ff"),
        latin("\u00c0\u00af"),
        latin("\u00ed\u00a0\u0080"),
        bytes("x".repeat(255)),
        bytes("x".repeat(256))
    };
    private static final byte[][] KEYS = {
        bytes(""),
        bytes("announce"),
        bytes("announce-list"),
        bytes("attr"),
        bytes("comment"),
        bytes("created by"),
        bytes("file tree"),
        bytes("files"),
        bytes("info"),
        bytes("length"),
        bytes("meta version"),
        bytes("name"),
        bytes("path"),
        bytes("piece layers"),
        bytes("piece length"),
        bytes("pieces"),
        bytes("pieces root"),
        bytes("private"),
        bytes("symlink path"),
        bytes("url-list"),
        bytes("zz")
    };
    private static final List<byte[]> SEEDS = List.copyOf(SeedCorpus.torrents().values());

    private final byte[] recipe;
    private int at;
    private Object torrent;

    private Mutant(byte[] recipe) throws Bencoding.NotCanonical {
        this.recipe = recipe;
        this.torrent = Bencoding.decode(SEEDS.get(next() % SEEDS.size()));
    }

    static byte[] of(byte[] recipe) throws Bencoding.NotCanonical {
        Mutant mutant = new Mutant(recipe);
        for (int i = 0; i < MAX_CHANGES && mutant.at < recipe.length; i++) mutant.change();
        return Bencoding.encode(mutant.torrent);
    }

    /** One value, with those beside it. */
    private record Slot(List<Object> list, List<Dict.Entry> entries, int index) {
        boolean isEntry() {
            return !entries.isEmpty();
        }

        Object value() {
            return isEntry() ? entries.get(index).value : list.get(index);
        }

        void set(Object value) {
            if (isEntry()) entries.get(index).value = value;
            else list.set(index, value);
        }
    }

    private void change() {
        int change = next() % 14;
        if (change == 0) {
            repair();
            return;
        }
        if (change == 1) {
            addFile();
            return;
        }
        List<Slot> slots = new ArrayList<>();
        collect(torrent, slots);
        // What was doubled may be doubled again with all that is in it.
        if (slots.isEmpty() || slots.size() > MAX_VALUES) return;
        Slot slot = slots.get((next() << 8 | next()) % slots.size());
        switch (change) {
            case 2 -> slot.set(NUMBERS[next() % NUMBERS.length]);
            case 3 -> slot.set(slot.value() instanceof Long number ? number + (byte) next() : some());
            case 4 -> slot.set(some());
            case 5 -> slot.set(NAMES[next() % NAMES.length]);
            case 6 -> slot.set(empty());
            case 7 -> {
                if (slot.isEntry()) slot.entries.remove(slot.index);
                else slot.list.remove(slot.index);
            }
            case 8 -> duplicate(slot);
            case 9 -> {
                List<?> all = slot.isEntry() ? slot.entries : slot.list;
                Collections.swap(all, slot.index, next() % all.size());
            }
            case 10 -> {
                if (slot.isEntry()) slot.entries.get(slot.index).key = KEYS[next() % KEYS.length];
            }
            case 11 -> {
                if (slot.isEntry()) slot.entries.get(slot.index).key = NAMES[next() % NAMES.length];
            }
            case 12 -> {
                if (slot.value() instanceof Dict dict) dict.put(KEYS[next() % KEYS.length], empty());
                else if (slot.value() instanceof List<?>) elements(slot.value()).add(some());
            }
            default -> {
                if (slot.value() instanceof byte[] bytes && bytes.length > 0) {
                    bytes = bytes.clone();
                    bytes[next() % bytes.length] ^= (byte) (1 << next() % 8);
                    slot.set(bytes);
                }
            }
        }
    }

    private void duplicate(Slot slot) {
        if (!slot.isEntry()) {
            slot.list.add(slot.index, slot.value());
            return;
        }
        Dict copy = new Dict().append(slot.entries.get(slot.index).key, slot.value());
        slot.entries.add(next() % (slot.entries.size() + 1), copy.entries().get(0));
    }

    private Object empty() {
        return switch (next() % 9) {
            case 0 -> list();
            case 1 -> dict();
            case 2 -> "";
            case 3 -> 0L;
            case 4 -> new Raw("i00e");
            case 5 -> new Raw("i-0e");
            case 6 -> new Raw("01:a");
            case 7 -> list(dict());
            default -> "xpl".substring(next() % 3);
        };
    }

    private byte[] some() {
        int length = Math.min(next() % 40, recipe.length - Math.min(at, recipe.length));
        byte[] bytes = Arrays.copyOfRange(recipe, at, at + length);
        at += length;
        return bytes;
    }

    private int next() {
        return at < recipe.length ? recipe[at++] & 0xff : 0;
    }

    private static void collect(Object value, List<Slot> slots) {
        if (value instanceof Dict dict) {
            for (int i = 0; i < dict.entries().size(); i++) {
                slots.add(new Slot(List.of(), dict.entries(), i));
                collect(dict.entries().get(i).value, slots);
            }
        } else if (value instanceof List<?>) {
            List<Object> list = elements(value);
            for (int i = 0; i < list.size(); i++) {
                slots.add(new Slot(list, List.of(), i));
                collect(list.get(i), slots);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static List<Object> elements(Object list) {
        return (List<Object>) list;
    }

    // ---- repairs

    private @Nullable Dict info() {
        return torrent instanceof Dict outer && outer.find("info") instanceof Dict info ? info : null;
    }

    /** Adds a file in some folders, to the tree or else to the list. */
    private void addFile() {
        Dict info = info();
        if (info == null) return;
        byte[] name = next() % 2 == 0 ? NAMES[next() % NAMES.length] : some();
        long length = NUMBERS[next() % NUMBERS.length];
        int folders = Math.max(0, next() - 200);
        if (info.find("file tree") instanceof Dict tree) {
            Dict folder = tree;
            if (!tree.entries().isEmpty() && next() % 2 == 0) {
                Object first = tree.entries().get(next() % tree.entries().size()).value;
                if (first instanceof Dict dict) folder = dict;
            }
            for (int i = 0; i < folders; i++) {
                Dict below = dict();
                folder.put("d", below);
                folder = below;
            }
            folder.put(name, dict("", dict("length", length)));
        } else if (info.find("files") instanceof List<?> files) {
            List<Object> path = list();
            for (int i = 0; i < folders; i++) path.add("d");
            path.add(name);
            elements(files).add(dict("length", length, "path", path));
        }
    }

    private record Leaf(List<Object> path, Dict fields, long length) {}

    /** Makes a torrent consistent again, as far as its parts are of the right types. */
    private void repair() {
        Dict info = info();
        if (info == null) return;
        sort(torrent);
        if (!(info.find("piece length") instanceof Long pieceLength) || pieceLength < 1 || pieceLength > 1 << 30)
            return;
        if (info.find("file tree") instanceof Dict tree) {
            List<Leaf> leaves = new ArrayList<>();
            collectLeaves(tree, new ArrayList<>(), leaves);
            repairLayers(leaves, pieceLength);
            if (info.find("files") != null) info.put("files", padded(leaves, pieceLength));
            if (info.find("length") != null && leaves.size() == 1) info.put("length", leaves.get(0).length);
        }
        if (info.find("pieces") == null) return;
        long end = 0;
        if (info.find("length") instanceof Long length) end = length;
        else if (info.find("files") instanceof List<?> files) {
            for (Object file : files) {
                if (file instanceof Dict dict && dict.find("length") instanceof Long length) end += length;
            }
        }
        long pieces = end <= 0 ? 0 : end / pieceLength + (end % pieceLength == 0 ? 0 : 1);
        if (pieces <= MAX_PIECES) info.put("pieces", SeededBytes.of(1, (int) (20 * pieces)));
    }

    private static void sort(Object value) {
        if (value instanceof Dict dict) {
            List<Dict.Entry> entries = dict.entries();
            entries.sort((a, b) -> Arrays.compareUnsigned(a.key, b.key));
            for (int i = entries.size() - 1; i > 0; i--) {
                if (Arrays.equals(entries.get(i).key, entries.get(i - 1).key)) entries.remove(i);
            }
            for (Dict.Entry entry : entries) sort(entry.value);
        } else if (value instanceof List<?> list) {
            list.forEach(Mutant::sort);
        }
    }

    private static void collectLeaves(Dict tree, List<Object> path, List<Leaf> leaves) {
        for (Dict.Entry entry : tree.entries()) {
            if (!(entry.value instanceof Dict next)) continue;
            if (entry.key.length == 0) {
                if (next.find("length") instanceof Long length) leaves.add(new Leaf(List.copyOf(path), next, length));
            } else {
                path.add(entry.key);
                collectLeaves(next, path, leaves);
                path.remove(path.size() - 1);
            }
        }
    }

    private void repairLayers(List<Leaf> leaves, long pieceLength) {
        Dict layers = dict();
        boolean isTree = pieceLength >= NaiveMerkle.BLOCK && Long.bitCount(pieceLength) == 1;
        for (Leaf leaf : leaves) {
            long pieces = leaf.length <= 0 ? 0 : leaf.length / pieceLength + (leaf.length % pieceLength == 0 ? 0 : 1);
            if (!isTree || pieces == 0 || pieces > MAX_PIECES) continue;
            // Equal for equal lengths, so that files share layers.
            byte[] layer = SeededBytes.of(leaf.length, (int) pieces * 32);
            byte[] root = NaiveMerkle.rootOfLayer(layer, (int) pieceLength);
            leaf.fields.put("pieces root", root);
            if (pieces > 1) layers.put(root, layer);
        }
        if (torrent instanceof Dict outer) outer.put("piece layers", layers);
    }

    private static List<Object> padded(List<Leaf> leaves, long pieceLength) {
        List<Object> files = list();
        long end = 0;
        for (Leaf leaf : leaves) {
            long gap = (pieceLength - end % pieceLength) % pieceLength;
            if (leaf.length > 0 && gap > 0 && end > 0) {
                files.add(Torrents.padding((int) gap));
                end += gap;
            }
            files.add(dict("length", leaf.length, "path", list(leaf.path.toArray())));
            end += Math.max(0, leaf.length);
        }
        return files;
    }
}
