package dev.hubswarm.agent.control;

/** What can be asked of an agent (design: HTTP surfaces). Thread-safe. */
final class AgentApi implements ControlApi {
    private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

    private final String version;
    private final AgentStatus.Supplier status;
    private final SeedDesk seeds;
    private final Runnable onDown;

    AgentApi(String version, AgentStatus.Supplier status, SeedDesk seeds, Runnable onDown) {
        this.version = version;
        this.status = status;
        this.seeds = seeds;
        this.onDown = onDown;
    }

    @Override
    public ControlAnswer answer(ControlRequest request) throws InterruptedException {
        return switch (request.method() + " " + request.path()) {
            case "GET /health" -> health();
            case "GET /api/status" -> ControlAnswer.json(200, StatusJson.of(status.status(), request.isOwner()));
            case "GET /metrics" -> ControlAnswer.text(METRICS, AgentMetrics.of(status.status()));
            case "POST /api/seeds" -> seeds.add(request);
            case "DELETE /api/seeds" -> seeds.remove(request);
            case "POST /api/down" ->
                ControlAnswer.json(202, JsonText.object(out -> out.writeStringProperty("state", "stopping")))
                        .then(onDown);
            default -> ControlAnswer.error(404, "not_found", "There is nothing at this path, by this method.");
        };
    }

    private ControlAnswer health() {
        return ControlAnswer.json(200, JsonText.object(out -> {
            out.writeStringProperty("status", "ok");
            out.writeStringProperty("service", "hubswarm");
            out.writeStringProperty("version", version);
            out.writeNumberProperty("pid", ProcessHandle.current().pid());
        }));
    }
}
