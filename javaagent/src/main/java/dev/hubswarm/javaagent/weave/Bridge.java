package dev.hubswarm.javaagent.weave;

import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Puts {@code java.lang.HubswarmBridge} in its place: by a lookup and not by a jar on the boot path, which would switch
 * class data sharing off. Stateless.
 */
public final class Bridge {
    static final String NAME = "java/lang/HubswarmBridge";
    static final String ENTER = "enter";
    static final String ENTER_DESCRIPTOR = "(Ljava/lang/String;[Ljava/lang/Object;)Ljava/lang/Object;";
    static final String EXIT = "exit";
    static final String EXIT_DESCRIPTOR = "(Ljava/lang/String;Ljava/lang/Object;)V";

    private Bridge() {}

    /** Opens {@code java.lang} and the packages of java.base that {@code others} names, to this module alone. */
    public static void install(
            Instrumentation instrumentation, byte[] bridge, BiFunction<String, Object[], ?> hook, Set<String> others)
            throws ReflectiveOperationException {
        Set<Module> us = Set.of(Bridge.class.getModule());
        Map<String, Set<Module>> opens = new HashMap<>();
        opens.put("java.lang", us);
        for (String other : others) opens.put(other, us);
        instrumentation.redefineModule(Object.class.getModule(), Set.of(), Map.of(), opens, Set.of(), Map.of());
        MethodHandles.privateLookupIn(Object.class, MethodHandles.lookup())
                .defineClass(bridge)
                .getField("hook")
                .set(null, hook);
    }
}
