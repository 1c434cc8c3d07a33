package dev.hubswarm.trackerserver.catalogue;

import java.util.Map;

/** A request that is not fulfilled, and why. Immutable. */
final class ApiException extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String code;
    private final String message;
    private final transient Map<String, String> headers;

    /** @param code for programs; the message is for people */
    ApiException(int status, String code, String message, Map<String, String> headers) {
        super(message);
        this.status = status;
        this.code = code;
        this.message = message;
        this.headers = headers;
    }

    ApiException(int status, String code, String message) {
        this(status, code, message, Map.of());
    }

    static ApiException badRequest(String code, String message) {
        return new ApiException(400, code, message);
    }

    static ApiException notFound(String message) {
        return new ApiException(404, "not_found", message);
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }

    Map<String, String> headers() {
        return headers;
    }

    @Override
    public String getMessage() {
        return message;
    }
}
