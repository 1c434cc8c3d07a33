package dev.hubswarm.trackerserver.status;

import dev.hubswarm.trackerserver.server.TrackerCounters;
import dev.hubswarm.trackerserver.store.Sharing;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** The page that a person sees who opens the tracker's address. Stateless. */
final class StatusPage {
    private static final String HEAD = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>hubswarm tracker</title>
            <meta name="viewport" content="width=device-width">
            <style>body{font:16px sans-serif;max-width:46em;margin:2em auto;padding:0 1em}
            th{text-align:left;font-weight:normal;color:#555;padding-right:2em}td{font-variant-numeric:tabular-nums}</style>
            </head><body>
            <h1>hubswarm tracker</h1>
            <p>Tells machines that download from the Hugging Face Hub which other ones have the same files.</p>
            """;
    private static final String TAIL = """
            <p>For programs: <code>/announce</code>, <code>/scrape</code>, <code>/api/v2/</code>, <code>/api/v1/</code>;
            <a href="/health"><code>/health</code></a> and <a href="/metrics"><code>/metrics</code></a> for monitoring.</p>
            </body></html>
            """;

    private StatusPage() {}

    static String of(TrackerStatus status, long nowNanos) {
        TrackerCounters counters = status.counters();
        Map<String, String> rows = new LinkedHashMap<>();
        rows.put("Version", status.version());
        rows.put("Up for", time(Duration.ofNanos(nowNanos - status.startedNanos())));
        rows.putAll(status.facts());
        Sharing sharing = status.sharing().get();
        if (sharing != null) rows.put("With other trackers", sharing.toString());
        rows.put("Torrents", String.format("%,d", status.swarms().swarms()));
        rows.put("Peers", String.format("%,d", status.swarms().peers()));
        rows.put(
                "Announces",
                String.format("%,d by HTTP, %,d by UDP", counters.httpAnnounces.sum(), counters.udpAnnounces.sum()));
        rows.put("Requests to the catalogue", String.format("%,d", counters.apiRequests.sum()));
        StringBuilder page = new StringBuilder(HEAD).append("<table>\n");
        rows.forEach((name, value) -> page.append("<tr><th>")
                .append(escaped(name))
                .append("</th><td>")
                .append(escaped(value))
                .append("</td></tr>\n"));
        return page.append("</table>\n").append(TAIL).toString();
    }

    private static String time(Duration up) {
        return up.toDays() > 0
                ? up.toDays() + " d " + up.toHoursPart() + " h"
                : up.toHours() > 0 ? up.toHours() + " h " + up.toMinutesPart() + " min" : up.toMinutes() + " min";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
