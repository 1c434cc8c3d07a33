package dev.hubswarm.javaagent.host;

import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Map;

/** Has old versions of what agents are made of on its class path, uses them, and says whose they are. */
public final class OldProgram {
    private OldProgram() {}

    public static void main(String[] args) throws Exception {
        json();
        netty();
        byteBuddy();
        asm();
        OkHttpProgram.main(args);
        for (String name : List.of(
                "com.fasterxml.jackson.databind.ObjectMapper",
                "io.netty.util.concurrent.DefaultEventExecutorGroup",
                "net.bytebuddy.ByteBuddy",
                "org.objectweb.asm.ClassReader",
                "kotlin.collections.ArraysKt",
                "okhttp3.OkHttpClient")) {
            Class<?> type = Class.forName(name);
            System.out.println(
                    name + " " + type.getProtectionDomain().getCodeSource().getLocation());
        }
    }

    private static void json() throws Exception {
        Class<?> type = Class.forName("com.fasterxml.jackson.databind.ObjectMapper");
        Object mapper = type.getConstructor().newInstance();
        System.out.println(
                type.getMethod("writeValueAsString", Object.class).invoke(mapper, Map.of("layers", List.of(1, 2))));
    }

    private static void netty() throws Exception {
        Class<?> type = Class.forName("io.netty.util.concurrent.DefaultEventExecutorGroup");
        Object group = type.getConstructor(int.class).newInstance(1);
        Runnable task = () -> System.out.println(Thread.currentThread().getName());
        ((java.util.concurrent.ExecutorService) group).submit(task).get();
        type.getMethod("shutdownNow").invoke(group);
    }

    private static void byteBuddy() throws Exception {
        Class<?> type = Class.forName("net.bytebuddy.ByteBuddy");
        Object buddy = type.getConstructor().newInstance();
        Object builder = type.getMethod("subclass", Class.class).invoke(buddy, Object.class);
        Class<?> builderType = Class.forName("net.bytebuddy.dynamic.DynamicType$Builder");
        Object named = builderType.getMethod("name", String.class).invoke(builder, "host.Made");
        Object made = builderType.getMethod("make").invoke(named);
        Class<?> madeType = Class.forName("net.bytebuddy.dynamic.DynamicType");
        byte[] bytes = (byte[]) madeType.getMethod("getBytes").invoke(made);
        System.out.println("host.Made has " + bytes.length + " bytes");
    }

    private static void asm() throws Exception {
        Class<?> type = Class.forName("org.objectweb.asm.ClassReader");
        Method name = type.getMethod("getClassName");
        // A class file as old as the library.
        try (InputStream in = type.getResourceAsStream("ClassReader.class")) {
            Object reader = type.getConstructor(InputStream.class).newInstance(in);
            System.out.println(name.invoke(reader) + " " + Modifier.toString(type.getModifiers()));
        }
    }
}
