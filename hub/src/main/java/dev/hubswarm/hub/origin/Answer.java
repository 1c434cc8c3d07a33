package dev.hubswarm.hub.origin;

import okhttp3.Headers;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * What the Hub, or where it sent us, said in the end. Immutable.
 *
 * @param url who said it
 * @param body what was read, if the answer is good
 */
record Answer<T>(
        int status, Headers headers, HttpUrl url, @Nullable T body) {
    boolean isGood() {
        return status >= 200 && status < 300;
    }

    boolean isRedirect() {
        return status >= 300 && status < 400 && headers.get("Location") != null;
    }
}
