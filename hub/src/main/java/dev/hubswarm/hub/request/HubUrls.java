package dev.hubswarm.hub.request;

/** Writes the paths of requests, escaped. Stateless. */
@SuppressWarnings("DoNotCallSuggester")
public final class HubUrls {
    private HubUrls() {}

    /** The raw path, which {@link HubRequestRecognizer} reads back. Storage and others have none. */
    public static String path(HubRequest request) {
        throw new UnsupportedOperationException();
    }
}
