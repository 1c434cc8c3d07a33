package dev.hubswarm.javaagent.weave;

import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * The one class in {@code java.lang}, which woven code of every module and loader can name. Defined by a lookup and not
 * by a jar on the boot path, which would switch class data sharing off. It knows our code as a BiFunction only.
 * Stateless.
 */
public final class Bridge {
    static final String NAME = "java/lang/HubswarmBridge";
    static final String ENTER = "enter";
    static final String ENTER_DESCRIPTOR = "(Ljava/lang/String;[Ljava/lang/Object;)Ljava/lang/Object;";
    static final String EXIT = "exit";
    static final String EXIT_DESCRIPTOR = "(Ljava/lang/Object;)V";
    private static final String FIELD = "hook";
    private static final String FUNCTION = "java/util/function/BiFunction";

    private Bridge() {}

    /** Opens {@code java.lang} and what {@code others} name to this module alone, and defines the class. */
    public static void install(
            Instrumentation instrumentation, BiFunction<String, Object[], ?> hook, Set<String> others)
            throws ReflectiveOperationException {
        Module base = Object.class.getModule();
        Set<Module> us = Set.of(Bridge.class.getModule());
        Map<String, Set<Module>> opens = new HashMap<>();
        opens.put("java.lang", us);
        for (String other : others) opens.put(other, us);
        instrumentation.redefineModule(base, Set.of(), Map.of(), opens, Set.of(), Map.of());
        Class<?> bridge = MethodHandles.privateLookupIn(Object.class, MethodHandles.lookup())
                .defineClass(bytes());
        bridge.getField(FIELD).set(null, hook);
    }

    private static byte[] bytes() {
        ClassWriter out = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        out.visit(
                Opcodes.V11,
                Opcodes.ACC_PUBLIC | Opcodes.ACC_FINAL | Opcodes.ACC_SUPER | Opcodes.ACC_SYNTHETIC,
                NAME,
                null,
                "java/lang/Object",
                null);
        out.visitField(
                        Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC | Opcodes.ACC_VOLATILE,
                        FIELD,
                        'L' + FUNCTION + ';',
                        null,
                        null)
                .visitEnd();
        MethodVisitor enter =
                out.visitMethod(Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC, ENTER, ENTER_DESCRIPTOR, null, null);
        enter.visitCode();
        enter.visitFieldInsn(Opcodes.GETSTATIC, NAME, FIELD, 'L' + FUNCTION + ';');
        enter.visitVarInsn(Opcodes.ALOAD, 0);
        enter.visitVarInsn(Opcodes.ALOAD, 1);
        callHook(enter);
        enter.visitInsn(Opcodes.ARETURN);
        enter.visitMaxs(0, 0);
        enter.visitEnd();
        MethodVisitor exit =
                out.visitMethod(Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC, EXIT, EXIT_DESCRIPTOR, null, null);
        exit.visitCode();
        exit.visitFieldInsn(Opcodes.GETSTATIC, NAME, FIELD, 'L' + FUNCTION + ';');
        exit.visitLdcInsn(EXIT);
        exit.visitInsn(Opcodes.ICONST_1);
        exit.visitTypeInsn(Opcodes.ANEWARRAY, "java/lang/Object");
        exit.visitInsn(Opcodes.DUP);
        exit.visitInsn(Opcodes.ICONST_0);
        exit.visitVarInsn(Opcodes.ALOAD, 0);
        exit.visitInsn(Opcodes.AASTORE);
        callHook(exit);
        exit.visitInsn(Opcodes.POP);
        exit.visitInsn(Opcodes.RETURN);
        exit.visitMaxs(0, 0);
        exit.visitEnd();
        out.visitEnd();
        return out.toByteArray();
    }

    private static void callHook(MethodVisitor code) {
        code.visitMethodInsn(
                Opcodes.INVOKEINTERFACE,
                FUNCTION,
                "apply",
                "(Ljava/lang/Object;Ljava/lang/Object;)Ljava/lang/Object;",
                true);
    }
}
