package dev.hubswarm.javaagent.weave;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds clients among the classes that are loaded, and has them woven. It sees every class of the host, so it knows no
 * more than their names; ASM is not loaded before the first client. Thread-safe.
 */
public final class Weaver implements ClassFileTransformer {
    /** What woven code needs. */
    public interface Preparation {
        void run() throws ReflectiveOperationException;
    }

    private final Map<String, List<Target>> targets = new HashMap<>();
    private final Preparation preparation;
    private final BiConsumer<String, Throwable> trouble;
    private boolean begun;
    private boolean ready;

    public Weaver(List<Target> targets, Preparation preparation, BiConsumer<String, Throwable> trouble) {
        this.preparation = preparation;
        for (Target target : targets) {
            List<Target> same = this.targets.getOrDefault(target.type(), new ArrayList<>());
            same.add(target);
            this.targets.put(target.type(), same);
        }
        this.trouble = trouble;
    }

    /** Classes that are loaded already are woven now, the others when they are. */
    public void install(Instrumentation instrumentation) {
        instrumentation.addTransformer(this, instrumentation.isRetransformClassesSupported());
        if (!instrumentation.isRetransformClassesSupported()) return;
        for (Class<?> loaded : instrumentation.getAllLoadedClasses()) {
            String name = loaded.getName();
            if (!targets.containsKey(name.replace('.', '/'))) continue;
            try {
                instrumentation.retransformClasses(loaded);
            } catch (Exception | LinkageError e) {
                trouble.accept(name, e);
            }
        }
    }

    @Override
    public byte @Nullable [] transform(
            @Nullable ClassLoader loader,
            @Nullable String className,
            @Nullable Class<?> redefined,
            @Nullable ProtectionDomain domain,
            byte[] bytes) {
        List<Target> wanted = className == null ? null : targets.get(className);
        if (wanted == null) return null;
        try {
            return isReady() ? MethodWeaver.weave(bytes, wanted) : null;
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            // A class file of a newer JDK than ASM knows, say.
            trouble.accept(className, e);
            return null;
        }
    }

    /** Whoever loads the first client does it; the others wait, since none may be woven before. */
    private synchronized boolean isReady() throws ReflectiveOperationException {
        if (!begun) {
            begun = true;
            preparation.run();
            ready = true;
        }
        return ready;
    }
}
