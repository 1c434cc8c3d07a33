package dev.hubswarm.trackerserver.catalogue;

import dev.hubswarm.trackerserver.server.Api;
import dev.hubswarm.trackerserver.server.ApiAnswer;
import dev.hubswarm.trackerserver.server.ApiRequest;
import dev.hubswarm.trackerserver.store.Sharing;
import dev.hubswarm.trackerserver.store.StoreException;
import dev.hubswarm.trackerserver.store.TrackerStore;
import dev.hubswarm.trackerserver.swarm.SwarmTable;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** All that the tracker serves but announces: hands each request to the part that owns its path. Thread-safe. */
public final class TrackerApi implements Api {
    private final TrackerStore store;
    private final CatalogueApi catalogue;
    private final LlmptApi llmpt;
    private final Api others;

    /**
     * @param hub what snapshots are compared with; without it each waits for approval
     * @param others takes what is for no path of the API
     */
    public TrackerApi(TrackerStore store, SwarmTable swarms, AccessTokens tokens, @Nullable HubCheck hub, Api others) {
        this(store, swarms, tokens, hub, others, InstantSource.system(), System::nanoTime);
    }

    TrackerApi(
            TrackerStore store,
            SwarmTable swarms,
            AccessTokens tokens,
            @Nullable HubCheck hub,
            Api others,
            InstantSource clock,
            LongSupplier nanoTime) {
        Access access = new Access(tokens, nanoTime.getAsLong());
        SnapshotList list = new SnapshotList(store, swarms);
        LlmptPublish publish = new LlmptPublish(store, access, hub, clock, nanoTime);
        LlmptAdmin admin = new LlmptAdmin(store, swarms, list, clock, nanoTime);
        this.store = store;
        this.catalogue = new CatalogueApi(store, swarms, access, nanoTime);
        this.llmpt = new LlmptApi(store, swarms, access, list, publish, admin);
        this.others = others;
    }

    @Override
    public int maxBody(String method, String path) {
        if (path.startsWith(CatalogueApi.PREFIX)) return CatalogueApi.maxBody(method);
        if (path.startsWith(LlmptApi.PREFIX)) return LlmptApi.maxBody(method);
        return others.maxBody(method, path);
    }

    @Override
    public ApiAnswer answer(ApiRequest request) {
        String path = request.path();
        if (path.equals("/health") || path.equals(LlmptApi.PREFIX + "health")) return text(200, health(), Map.of());
        if (path.startsWith(CatalogueApi.PREFIX)) return catalogue(request);
        if (path.startsWith(LlmptApi.PREFIX)) return llmpt(request);
        return others.answer(request);
    }

    /** Who is on its own still answers, so a load balancer must not turn away from it. */
    private String health() {
        Sharing sharing = store.sharing();
        return sharing == null || sharing.linked() ? "OK" : "OK, but " + sharing;
    }

    private ApiAnswer catalogue(ApiRequest request) {
        try {
            return catalogue.answer(request);
        } catch (ApiException e) {
            return failure(e);
        } catch (StoreException e) {
            Map<String, String> later = Map.of("Retry-After", "10");
            return failure(new ApiException(503, "unavailable", e.getMessage(), later));
        }
    }

    private ApiAnswer llmpt(ApiRequest request) {
        Map<String, String> headers = LlmptApi.headers(request.path());
        try {
            return llmpt.answer(request);
        } catch (ApiException e) {
            if (e.status() == 405) return text(405, e.getMessage(), headers);
            Map<String, String> all = new HashMap<>(headers);
            all.putAll(e.headers());
            return failure(e.status(), e.getMessage(), all);
        } catch (StoreException e) {
            return failure(500, "database error", headers);
        }
    }

    private static ApiAnswer failure(ApiException e) {
        return Json.object(e.status(), e.headers(), out -> {
            out.writeObjectPropertyStart("error");
            out.writeStringProperty("code", e.code());
            out.writeStringProperty("message", e.getMessage());
            out.writeEndObject();
        });
    }

    private static ApiAnswer failure(int status, String message, Map<String, String> headers) {
        return Json.object(status, headers, out -> out.writeStringProperty("error", message));
    }

    private static ApiAnswer text(int status, String text, Map<String, String> headers) {
        return new ApiAnswer(status, "text/plain", text.getBytes(StandardCharsets.UTF_8), headers);
    }
}
