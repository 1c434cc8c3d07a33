package dev.hubswarm.javaagent.core;

import dev.hubswarm.javaagent.AgentLoader;
import dev.hubswarm.javaagent.weave.Bridge;
import dev.hubswarm.javaagent.weave.Target;
import dev.hubswarm.javaagent.weave.Weaver;
import java.lang.instrument.Instrumentation;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Puts the parts together, when the JVM starts or while it runs. Nothing else is loaded before the first request. */
public final class Startup {
    /** Of java.base, what the hook of HttpURLConnection reads and sets. */
    private static final Set<String> INSIDE =
            Set.of("java.net", "sun.net.www", "sun.net.www.protocol.http", "sun.net.www.protocol.https");

    private Startup() {}

    /** Called by name. */
    public static void start(String text, Instrumentation instrumentation) throws ReflectiveOperationException {
        Map<String, String> environment = System.getenv();
        Options options = Options.parse(text, environment);
        Log log = new Log(options.log());
        Agent agent = new Agent(
                options.agent(), environment, environment.getOrDefault("HOME", System.getProperty("user.home")));
        Steering steering = new Steering(options.upstream(), agent, new Autostart(options, agent.home(), log), log);
        AgentLoader loader = (AgentLoader) Startup.class.getClassLoader();
        Hooks hooks = new Hooks(steering, loader);
        byte[] bridge = loader.bytesOf("java.lang.HubswarmBridge");
        if (bridge == null) throw new ClassNotFoundException("HubswarmBridge");
        List<Target> targets = Target.of(options.clients());
        Switchboard switchboard = new Switchboard(hooks, log);
        Bridge.install(instrumentation, bridge, switchboard, INSIDE);
        new Weaver(targets, log).install(instrumentation);
    }
}
