package dev.hubswarm.javaagent.weave;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Puts a call at the beginning of a target, and one before it ends. Members are neither added nor removed, and other
 * agents may weave the same class. A target that a newer version no longer has is left out, and its client runs
 * unchanged. Stateless.
 */
final class MethodWeaver {
    private MethodWeaver() {}

    /** Null if there is no target in the class. */
    static byte @Nullable [] weave(byte[] bytes, List<Target> wanted) {
        ClassReader in = new ClassReader(bytes);
        ClassWriter out = new ClassWriter(in, ClassWriter.COMPUTE_MAXS);
        ClassWeaving weaving = new ClassWeaving(out, wanted);
        // Frames of ours stand beside theirs, so all must be of the long form.
        in.accept(weaving, ClassReader.EXPAND_FRAMES);
        return weaving.found ? out.toByteArray() : null;
    }

    /** Finds the methods. */
    private static final class ClassWeaving extends ClassVisitor {
        private final List<Target> wanted;
        private String owner = "";
        private boolean found;

        ClassWeaving(ClassVisitor out, List<Target> wanted) {
            super(Opcodes.ASM9, out);
            this.wanted = wanted;
        }

        @Override
        public void visit(
                int version,
                int access,
                String name,
                @Nullable String signature,
                @Nullable String superName,
                String @Nullable [] interfaces) {
            owner = name;
            super.visit(version, access, name, signature, superName, interfaces);
        }

        @Override
        public @Nullable MethodVisitor visitMethod(
                int access,
                String name,
                String descriptor,
                @Nullable String signature,
                String @Nullable [] exceptions) {
            MethodVisitor out = super.visitMethod(access, name, descriptor, signature, exceptions);
            boolean hasBody = (access & (Opcodes.ACC_STATIC | Opcodes.ACC_ABSTRACT | Opcodes.ACC_NATIVE)) == 0;
            // Beside a method with a narrower result stands a synthetic one that calls it.
            if (!hasBody || (access & Opcodes.ACC_BRIDGE) != 0) return out;
            for (Target target : wanted) {
                if (!target.method().equals(name) || Type.getArgumentTypes(descriptor).length != target.arguments())
                    continue;
                found = true;
                return new MethodWeaving(out, target, owner, Type.getMethodType(descriptor));
            }
            return out;
        }
    }

    /** Weaves one of them. */
    private static final class MethodWeaving extends MethodVisitor {
        private final Target target;
        private final String owner;
        private final Type type;
        private final Label begin = new Label();

        MethodWeaving(MethodVisitor out, Target target, String owner, Type type) {
            super(Opcodes.ASM9, out);
            this.target = target;
            this.owner = owner;
            this.type = type;
        }

        @Override
        public void visitCode() {
            super.visitCode();
            Type[] arguments = type.getArgumentTypes();
            Object[] locals = new Object[1 + arguments.length];
            super.visitLdcInsn(target.kind());
            super.visitIntInsn(Opcodes.BIPUSH, locals.length);
            super.visitTypeInsn(Opcodes.ANEWARRAY, "java/lang/Object");
            locals[0] = owner;
            store(0, Type.getObjectType(owner), 0);
            int slot = 1;
            for (int i = 0; i < arguments.length; i++) {
                locals[i + 1] = frameName(arguments[i]);
                store(i + 1, arguments[i], slot);
                slot += arguments[i].getSize();
            }
            super.visitMethodInsn(Opcodes.INVOKESTATIC, Bridge.NAME, Bridge.ENTER, Bridge.ENTER_DESCRIPTOR, false);
            Label goOn = new Label();
            super.visitInsn(Opcodes.DUP);
            super.visitJumpInsn(Opcodes.IFNULL, goOn);
            returnIt();
            super.visitLabel(goOn);
            super.visitFrame(Opcodes.F_NEW, locals.length, locals, 1, new Object[] {"java/lang/Object"});
            super.visitInsn(Opcodes.POP);
            super.visitLabel(begin);
        }

        private void store(int index, Type argument, int slot) {
            super.visitInsn(Opcodes.DUP);
            super.visitIntInsn(Opcodes.BIPUSH, index);
            super.visitVarInsn(argument.getOpcode(Opcodes.ILOAD), slot);
            if (argument.getSort() == Type.INT)
                super.visitMethodInsn(
                        Opcodes.INVOKESTATIC, "java/lang/Integer", "valueOf", "(I)Ljava/lang/Integer;", false);
            super.visitInsn(Opcodes.AASTORE);
        }

        private static Object frameName(Type argument) {
            if (argument.getSort() == Type.INT) return Opcodes.INTEGER;
            if (argument.getSort() < Type.ARRAY) throw new IllegalArgumentException(argument + " is of no target");
            return argument.getInternalName();
        }

        private void returnIt() {
            Type result = type.getReturnType();
            switch (result.getSort()) {
                case Type.VOID -> {
                    super.visitInsn(Opcodes.POP);
                    super.visitInsn(Opcodes.RETURN);
                }
                case Type.BOOLEAN -> {
                    super.visitTypeInsn(Opcodes.CHECKCAST, "java/lang/Boolean");
                    super.visitMethodInsn(Opcodes.INVOKEVIRTUAL, "java/lang/Boolean", "booleanValue", "()Z", false);
                    super.visitInsn(Opcodes.IRETURN);
                }
                default -> {
                    super.visitTypeInsn(Opcodes.CHECKCAST, result.getInternalName());
                    super.visitInsn(Opcodes.ARETURN);
                }
            }
        }

        /** Nothing but the result is used: at a return a local may be anything. */
        @Override
        public void visitInsn(int opcode) {
            if (opcode == Opcodes.ARETURN && target.watched()) {
                super.visitInsn(Opcodes.DUP);
                exit();
            }
            super.visitInsn(opcode);
        }

        /** Of what is on the stack. */
        private void exit() {
            super.visitLdcInsn(target.kind());
            super.visitInsn(Opcodes.SWAP);
            super.visitMethodInsn(Opcodes.INVOKESTATIC, Bridge.NAME, Bridge.EXIT, Bridge.EXIT_DESCRIPTOR, false);
        }

        /** Behind all code of its own, so that the method's handlers come first. */
        @Override
        public void visitMaxs(int maxStack, int maxLocals) {
            if (target.watched()) {
                Label end = new Label();
                super.visitLabel(end);
                super.visitTryCatchBlock(begin, end, end, null);
                super.visitFrame(Opcodes.F_NEW, 0, new Object[0], 1, new Object[] {"java/lang/Throwable"});
                super.visitInsn(Opcodes.ACONST_NULL);
                exit();
                super.visitInsn(Opcodes.ATHROW);
            }
            super.visitMaxs(maxStack, maxLocals);
        }
    }
}
