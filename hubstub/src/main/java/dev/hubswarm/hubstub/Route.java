package dev.hubswarm.hubstub;

/** What a request is for. */
public enum Route {
    RESOLVE,
    RAW,
    RESOLVE_CACHE,
    CDN,
    INFO,
    TREE,
    PATHS_INFO,
    REFS,
    XET_TOKEN,
    WHOAMI,
    TELEMETRY,
    OTHER
}
