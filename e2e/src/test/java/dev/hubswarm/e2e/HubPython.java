package dev.hubswarm.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One version of the real huggingface_hub, in a Python of its own. Immutable. */
record HubPython(String python, Map<String, String> environment) {
    HubPython {
        environment = Map.copyOf(environment);
    }

    /** @param home for HF_HOME, so that nothing of the machine's user is seen */
    static HubPython of(String python, Path home) {
        return new HubPython(
                python,
                Map.of(
                        "HF_HOME", home.toString(),
                        "HF_HUB_DISABLE_XET", "1",
                        "HF_HUB_DISABLE_TELEMETRY", "1",
                        "HF_HUB_DISABLE_PROGRESS_BARS", "1"));
    }

    HubPython with(String variable, String value) {
        Map<String, String> more = new HashMap<>(environment);
        more.put(variable, value);
        return new HubPython(python, more);
    }

    HubPython offline() {
        return with("HF_HUB_OFFLINE", "1");
    }

    /** Returns what the library returned. */
    JsonNode call(String what, Map<String, Object> options) throws IOException, InterruptedException {
        Ran ran = run(what, options).exits(0);
        return ran.json();
    }

    HubSession session() throws IOException {
        return new HubSession(program(
                List.of(Tools.require(python).toString(), "-W", "ignore", "-c", Tools.script("hub_client.py"))));
    }

    Ran run(String what, Map<String, Object> options) throws IOException, InterruptedException {
        return Ran.of(program(what, options));
    }

    ProcessBuilder program(String what, Map<String, Object> options) throws IOException {
        String json = JsonMapper.shared().writeValueAsString(options);
        return program(List.of(
                Tools.require(python).toString(), "-W", "ignore", "-c", Tools.script("hub_client.py"), what, json));
    }

    /** Runs Python after all that huggingface_hub exports was imported. */
    Ran python(String... statements) throws IOException, InterruptedException {
        String script = "from huggingface_hub import *\n" + String.join("\n", statements);
        return start(List.of(Tools.require(python).toString(), "-W", "ignore", "-c", script));
    }

    /** The program {@code hf} of this version. */
    Ran hf(Object... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Tools.require(python).toString(), "-W", "ignore", "-c", HF));
        for (Object argument : arguments) command.add(argument.toString());
        return start(command);
    }

    private static final String HF = "import sys; sys.argv[0] = 'hf'; from huggingface_hub.cli.hf import main; main()";

    private Ran start(List<String> command) throws IOException, InterruptedException {
        return Ran.of(program(command));
    }

    private ProcessBuilder program(List<String> command) {
        ProcessBuilder program = new ProcessBuilder(command);
        program.environment().keySet().removeIf(name -> name.startsWith("HF_"));
        program.environment().putAll(environment);
        return program;
    }
}
