package dev.hubswarm.javaagent.core;

import dev.hubswarm.javaagent.AgentLoader;
import org.jspecify.annotations.Nullable;

/**
 * A hook that speaks the types of a library, which each loader of the host may have in another version: one per class
 * that calls, defined in a loader below that class's own. The class holds it, so it goes with the class. Thread-safe.
 */
final class LibraryHook implements Hook {
    private static final String ROOT = "dev.hubswarm.javaagent.";

    private final ClassValue<Hook> hooks;

    LibraryHook(String name, AgentLoader agent, Steering steering) {
        String type = ROOT + name;
        String folder = type.substring(0, type.lastIndexOf('.') + 1);
        hooks = new ClassValue<>() {
            @Override
            protected Hook computeValue(Class<?> caller) {
                try {
                    return (Hook) new Below(caller.getClassLoader(), agent, folder)
                            .loadClass(type)
                            .getConstructor(Steering.class)
                            .newInstance(steering);
                } catch (ReflectiveOperationException | LinkageError e) {
                    steering.log().trouble(caller.getName(), e);
                    return call -> null;
                }
            }
        };
    }

    @Override
    public @Nullable Object enter(Object[] call) throws Exception {
        return hooks.get(call[0].getClass()).enter(call);
    }

    /** Sees the library as its user does, and of the agent what the hook needs. */
    private static final class Below extends ClassLoader {
        private final AgentLoader agent;
        private final String folder;

        Below(@Nullable ClassLoader library, AgentLoader agent, String folder) {
            super("hubswarm", library);
            this.agent = agent;
            this.folder = folder;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith(folder)) {
                synchronized (getClassLoadingLock(name)) {
                    Class<?> loaded = findLoadedClass(name);
                    return loaded == null ? findClass(name) : loaded;
                }
            }
            return name.startsWith(ROOT) ? agent.loadClass(name) : super.loadClass(name, resolve);
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            byte[] bytes = agent.bytesOf(name);
            if (bytes == null) throw new ClassNotFoundException(name);
            return defineClass(name, bytes, 0, bytes.length);
        }
    }
}
