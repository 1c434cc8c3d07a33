package dev.hubswarm.hub.request;

import java.util.Set;

/** Tells what a request asks of the Hub. Immutable. */
public final class HubRequestRecognizer {
    private final Set<String> hubs;

    /** @param hubs the hosts that are the Hub besides its own names, with their ports unless 80 or 443 */
    public HubRequestRecognizer(Set<String> hubs) {
        this.hubs = Set.copyOf(hubs);
    }

    /**
     * @param target as on the wire, a character for each byte: a path with its query, or a whole address
     * @param host the Host header, or what a CONNECT named
     */
    public HubRequest recognize(String method, String target, String host) {
        return new HubRequest.Other();
    }
}
