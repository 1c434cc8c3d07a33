package dev.hubswarm.hub.origin;

import dev.hubswarm.base.UserError;
import java.nio.file.Path;
import java.util.Map;

/** Reads from the environment what huggingface_hub reads there. Stateless. */
public final class OriginEnvironment {
    private OriginEnvironment() {}

    /**
     * @param home the user's home directory
     * @param userAgent what to call ourselves
     */
    public static OriginConfig read(Map<String, String> environment, Path home, String userAgent) throws UserError {
        return new OriginConfig(
                OriginConfig.HUGGING_FACE,
                null,
                ProxyRules.NONE,
                null,
                false,
                userAgent,
                OriginConfig.DEFAULT_TIMEOUT,
                OriginConfig.DEFAULT_TIMEOUT,
                OriginConfig.DEFAULT_RETRIES);
    }
}
