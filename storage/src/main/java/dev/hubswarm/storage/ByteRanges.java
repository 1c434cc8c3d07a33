package dev.hubswarm.storage;

import java.util.Map;
import java.util.TreeMap;

/** Which bytes of a file there are. Guarded by its owner. */
public final class ByteRanges {
    /** Begin → end; neither overlapping nor touching. */
    private final TreeMap<Long, Long> ranges = new TreeMap<>();

    public void add(long from, long to) {
        Map.Entry<Long, Long> before = ranges.floorEntry(from);
        long begin = before != null && before.getValue() >= from ? before.getKey() : from;
        long end = to;
        for (Map.Entry<Long, Long> next = ranges.ceilingEntry(begin);
                next != null && next.getKey() <= end;
                next = ranges.ceilingEntry(begin)) {
            end = Math.max(end, next.getValue());
            ranges.remove(next.getKey());
        }
        ranges.put(begin, end);
    }

    public void remove(long from, long to) {
        Map.Entry<Long, Long> first = ranges.floorEntry(from);
        if (first != null && first.getValue() > from) {
            ranges.put(from, first.getValue());
            if (first.getKey() < from) ranges.put(first.getKey(), from);
        }
        for (Map.Entry<Long, Long> next = ranges.ceilingEntry(from);
                next != null && next.getKey() < to;
                next = ranges.ceilingEntry(from)) {
            ranges.remove(next.getKey());
            if (next.getValue() > to) ranges.put(to, next.getValue());
        }
    }

    public boolean covers(long from, long to) {
        Map.Entry<Long, Long> range = ranges.floorEntry(from);
        return range != null && range.getValue() >= to;
    }

    /** Where those end that are there from an offset on; the offset itself if there are none. */
    public long endOf(long from) {
        Map.Entry<Long, Long> range = ranges.floorEntry(from);
        return range == null ? from : Math.max(from, range.getValue());
    }

    /** How many there are from the start on. */
    long contiguous() {
        return ranges.getOrDefault(0L, 0L);
    }

    long sum() {
        long sum = 0;
        for (Map.Entry<Long, Long> range : ranges.entrySet()) sum += range.getValue() - range.getKey();
        return sum;
    }
}
