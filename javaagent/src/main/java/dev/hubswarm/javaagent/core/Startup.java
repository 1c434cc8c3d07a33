package dev.hubswarm.javaagent.core;

import dev.hubswarm.javaagent.AgentLoader;
import dev.hubswarm.javaagent.weave.Bridge;
import dev.hubswarm.javaagent.weave.Target;
import dev.hubswarm.javaagent.weave.Weaver;
import java.lang.instrument.Instrumentation;
import java.util.Map;
import java.util.Set;

/**
 * Puts the parts together, when the JVM starts or while it runs: at once what watches for clients, and all the rest when
 * the first of them is loaded, since most programs that a variable gives the agent have none. Used by one thread at a
 * time.
 */
public final class Startup implements Weaver.Preparation {
    /** Of java.base, what the hook of HttpURLConnection reads and sets. */
    private static final Set<String> INSIDE =
            Set.of("java.net", "sun.net.www", "sun.net.www.protocol.http", "sun.net.www.protocol.https");

    private final Options options;
    private final Log log;
    private final Map<String, String> environment;
    private final Instrumentation instrumentation;

    private Startup(Options options, Log log, Map<String, String> environment, Instrumentation instrumentation) {
        this.options = options;
        this.log = log;
        this.environment = environment;
        this.instrumentation = instrumentation;
    }

    /** Called by name. */
    public static void start(String text, Instrumentation instrumentation) {
        Map<String, String> environment = System.getenv();
        Options options = Options.parse(text, environment);
        Log log = new Log(options.log());
        Startup startup = new Startup(options, log, environment, instrumentation);
        new Weaver(Target.of(options.clients()), startup, log).install(instrumentation);
    }

    @Override
    public void run() throws ReflectiveOperationException {
        Agent agent = new Agent(
                options.agent(), environment, environment.getOrDefault("HOME", System.getProperty("user.home")));
        Steering steering = new Steering(options.upstream(), agent, new Autostart(options, agent.home(), log), log);
        AgentLoader loader = (AgentLoader) Startup.class.getClassLoader();
        byte[] bridge = loader.bytesOf("java.lang.HubswarmBridge");
        if (bridge == null) throw new ClassNotFoundException("HubswarmBridge");
        Bridge.install(instrumentation, bridge, new Switchboard(new Hooks(steering, loader), log), INSIDE);
    }
}
