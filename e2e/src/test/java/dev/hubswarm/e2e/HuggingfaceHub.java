package dev.hubswarm.e2e;

import dev.hubswarm.hubstub.HubStub;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A release of huggingface_hub that speaks to a stub, over plain HTTP, with a home of its own. Immutable. */
record HuggingfaceHub(Path python, HubStub hub, Path home) {
    /** Those that e2e/tools/setup makes a Python for. */
    enum Release {
        NEW("python-hub-new"),
        HUB_1_17("python-hub-117"),
        HUB_0_36("python-hub-036");

        private final String program;

        Release(String program) {
            this.program = program;
        }
    }

    static HuggingfaceHub of(Release release, HubStub hub, Path home) {
        return new HuggingfaceHub(Tools.require(release.program), hub, home);
    }

    /** Where HF_HOME puts it. */
    Path cache() {
        return home.resolve("hub");
    }

    /** Runs Python statements after all functions of huggingface_hub were imported. */
    Ran run(Map<String, String> environment, String... statements) throws IOException, InterruptedException {
        List<String> script = new ArrayList<>(List.of("from huggingface_hub import *"));
        script.addAll(List.of(statements));
        ProcessBuilder program = new ProcessBuilder(python.toString(), "-W", "ignore", "-c", String.join("\n", script));
        program.environment().keySet().removeIf(name -> name.startsWith("HF_") || name.endsWith("_PROXY"));
        program.environment()
                .putAll(Map.of(
                        "HF_ENDPOINT", hub.endpoint(),
                        "HF_HOME", home.toString(),
                        "HF_HUB_DISABLE_XET", "1",
                        "HF_HUB_DISABLE_TELEMETRY", "1",
                        "HF_HUB_DISABLE_PROGRESS_BARS", "1"));
        program.environment().putAll(environment);
        return Ran.of(program);
    }
}
