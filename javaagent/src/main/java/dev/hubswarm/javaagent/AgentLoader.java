package dev.hubswarm.javaagent;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * Loads the agent and ASM from entries that no other loader takes for classes ({@code inst/**.classdata}), so neither
 * the host nor what scans its class path meets them. Its parent has nothing but the JDK. Thread-safe.
 */
public final class AgentLoader extends ClassLoader {
    private static final String FOLDER = "inst/";

    static {
        registerAsParallelCapable();
    }

    private final JarFile jar;

    AgentLoader(JarFile jar) {
        super("hubswarm", ClassLoader.getPlatformClassLoader());
        this.jar = jar;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        // In the host's modules there may be packages of our names: ours first.
        if (!name.startsWith("dev.hubswarm.") && !name.startsWith("org.objectweb.asm."))
            return super.loadClass(name, resolve);
        // Here already, on the host's class path.
        if (name.equals(AgentLoader.class.getName())) return AgentLoader.class;
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded == null ? findClass(name) : loaded;
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] bytes = bytesOf(name);
        if (bytes == null) throw new ClassNotFoundException(name);
        return defineClass(name, bytes, 0, bytes.length);
    }

    /** Of a class that may be another loader's to define; null if there is none. */
    public byte @Nullable [] bytesOf(String name) {
        ZipEntry entry = jar.getEntry(FOLDER + name.replace('.', '/') + ".classdata");
        if (entry == null) return null;
        try (InputStream in = jar.getInputStream(entry)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
