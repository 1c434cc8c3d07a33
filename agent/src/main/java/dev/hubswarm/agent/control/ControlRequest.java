package dev.hubswarm.agent.control;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asks of the agent. Immutable, but for the bytes, which nobody may change.
 *
 * @param method GET also for HEAD
 * @param isOwner whether it came with the token
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record ControlRequest(String method, String path, Map<String, List<String>> query, byte[] body, boolean isOwner) {
    @Nullable
    String parameter(String name) {
        List<String> values = query.getOrDefault(name, List.of());
        return values.isEmpty() ? null : values.get(0);
    }
}
