package dev.hubswarm.hubstub;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What a path on the Hub asks for; what it does not name is empty. Immutable. */
record Target(
        Route route, StubRepo.Type type, String repo, String revision, String path, Map<String, List<String>> query) {
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern FILE_VERB = Pattern.compile("resolve|raw");
    private static final Pattern API_VERB = Pattern.compile("revision|tree|paths-info|refs|xet-read-token");

    /** Splits before it decodes, so that an escaped slash stays in its segment. */
    static Target parse(String target) {
        QueryStringDecoder decoder = new QueryStringDecoder(target);
        Map<String, List<String>> query = decoder.parameters();
        String rawPath = decoder.rawPath();
        List<String> segments =
                new ArrayList<>(Arrays.asList(rawPath.substring(1).split("/", -1)));
        if (!segments.get(0).equals("api")) {
            StubRepo.Type type = StubRepo.Type.MODEL;
            for (StubRepo.Type other : StubRepo.Type.values()) {
                if (segments.get(0).equals(other.plural)) type = other;
            }
            if (type != StubRepo.Type.MODEL) segments.remove(0);
            int verb = verbAt(segments, FILE_VERB);
            if (verb < 0 || segments.size() < verb + 3) return none(Route.OTHER, query);
            Route route = segments.get(verb).equals("raw") ? Route.RAW : Route.RESOLVE;
            return named(route, type, segments, verb, verb + 1, query);
        }
        segments.remove(0);
        if (segments.get(0).equals("whoami-v2")) return none(Route.WHOAMI, query);
        if (segments.get(0).equals("telemetry")) return none(Route.TELEMETRY, query);
        boolean cached = segments.get(0).equals("resolve-cache");
        if (cached) segments.remove(0);
        for (StubRepo.Type type : StubRepo.Type.values()) {
            if (segments.size() < 2 || !segments.get(0).equals(type.plural)) continue;
            segments.remove(0);
            if (!cached) return api(type, segments, query);
            int commit = verbAt(segments, COMMIT);
            if (commit > 0) return named(Route.RESOLVE_CACHE, type, segments, commit, commit, query);
        }
        return none(Route.OTHER, query);
    }

    private static Target api(StubRepo.Type type, List<String> segments, Map<String, List<String>> query) {
        int verb = verbAt(segments, API_VERB);
        if (verb < 0) {
            Route route = segments.size() <= 2 ? Route.INFO : Route.OTHER;
            return new Target(route, type, join(segments, 0, segments.size()), "main", "", query);
        }
        Route route = switch (segments.get(verb)) {
            case "tree" -> Route.TREE;
            case "paths-info" -> Route.PATHS_INFO;
            case "refs" -> Route.REFS;
            case "xet-read-token" -> Route.XET_TOKEN;
            default -> Route.INFO;
        };
        if (segments.size() == verb + 1) segments.add("main");
        return named(route, type, segments, verb, verb + 1, query);
    }

    /** An id has one segment or two; what comes behind it tells. */
    private static int verbAt(List<String> segments, Pattern verb) {
        for (int at = 1; at <= 2 && at < segments.size(); at++) {
            if (verb.matcher(segments.get(at)).matches()) return at;
        }
        return -1;
    }

    private static Target named(
            Route route,
            StubRepo.Type type,
            List<String> segments,
            int repoEnd,
            int at,
            Map<String, List<String>> query) {
        // Some clients do not escape the slashes of refs/pr/1.
        boolean unescaped = segments.size() > at + 2
                && segments.get(at).equals("refs")
                && (segments.get(at + 1).equals("pr") || segments.get(at + 1).equals("convert"));
        int pathAt = at + (unescaped ? 3 : 1);
        return new Target(
                route,
                type,
                join(segments, 0, repoEnd),
                join(segments, at, pathAt),
                join(segments, pathAt, segments.size()),
                query);
    }

    private static Target none(Route route, Map<String, List<String>> query) {
        return new Target(route, StubRepo.Type.MODEL, "", "", "", query);
    }

    private static String join(List<String> segments, int from, int to) {
        return String.join(
                "/", segments.subList(from, to).stream().map(Target::decode).toList());
    }

    /** Some clients escape nothing: then a byte came as a char, and a percent sign may be just that. */
    private static String decode(String raw) {
        String segment = new String(raw.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        try {
            return QueryStringDecoder.decodeComponent(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return segment;
        }
    }

    boolean flag(String name) {
        String value = first(name, "");
        return value.equals("1") || value.equalsIgnoreCase("true");
    }

    String first(String name, String otherwise) {
        return query.getOrDefault(name, List.of(otherwise)).get(0);
    }
}
