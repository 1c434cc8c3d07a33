package dev.hubswarm.cli;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * execv(2), which Java does not have. Stateless. Loading it takes some 0.2 s, and it fails with a {@link LinkageError}
 * where the library cannot be unpacked.
 */
final class ProcessImage {
    private static final int SETS_MASK_LINUX = 2;
    private static final int SETS_MASK_MACOS = 3;
    /** As large as any system's sigset_t. */
    private static final int MASK_BYTES = 128;

    private static final int SETS_FLAGS = 2;
    private static final int CLOSES_ON_EXEC = 1;
    private static final int NOT_A_PROGRAM = 8;
    private static final char UNREADABLE = '\ufffd';

    private ProcessImage() {}

    private static final class Functions {
        static {
            Native.register(Functions.class, Platform.C_LIBRARY_NAME);
        }

        private Functions() {}

        static native int execv(Pointer path, Pointer words) throws LastErrorException;

        static native int setenv(Pointer name, Pointer value, int overwrite) throws LastErrorException;

        static native int unsetenv(Pointer name) throws LastErrorException;

        static native int pthread_sigmask(int how, Pointer mask, @Nullable Pointer before);

        static native int fcntl(int descriptor, int command, int flags);

        static native Pointer strerror(int error);
    }

    /** Returns the error, and only then. What is in the environment and not in the settings stays, byte for byte. */
    static int replace(String program, List<String> words, Map<String, String> settings, OpenFiles given) {
        Map<String, String> before = System.getenv();
        Map<String, String> after = new HashMap<>(before);
        Entrance.change(after, settings);
        // JNA's memory lives as long as its Java object.
        List<Memory> held = new ArrayList<>();
        try {
            for (String name : before.keySet())
                if (!after.containsKey(name)) Functions.unsetenv(string(bytes(name), held));
            for (Map.Entry<String, String> each : after.entrySet()) {
                if (!each.getValue().equals(before.get(each.getKey())))
                    Functions.setenv(string(bytes(each.getKey()), held), string(bytes(each.getValue()), held), 1);
            }
            // The JVM keeps SIGQUIT from its threads, and a mask is inherited.
            Memory none = new Memory(MASK_BYTES);
            none.clear();
            Functions.pthread_sigmask(Platform.isMac() ? SETS_MASK_MACOS : SETS_MASK_LINUX, none, null);
            if (Platform.isLinux()) for (int each : given.notGiven()) Functions.fcntl(each, SETS_FLAGS, CLOSES_ON_EXEC);
            List<byte[]> raw = raw(words);
            try {
                return execute(bytes(program), raw, held);
            } catch (LastErrorException e) {
                if (e.getErrorCode() != NOT_A_PROGRAM) throw e;
                // A script that does not say of what, as every shell takes it.
                raw.set(0, bytes(program));
                raw.add(0, bytes("sh"));
                return execute(bytes("/bin/sh"), raw, held);
            }
        } catch (LastErrorException e) {
            return e.getErrorCode();
        }
    }

    static String words(int error) {
        return Functions.strerror(error).getString(0);
    }

    private static int execute(byte[] program, List<byte[]> words, List<Memory> held) {
        Memory list = new Memory((words.size() + 1L) * Native.POINTER_SIZE);
        list.clear();
        for (int i = 0; i < words.size(); i++)
            list.setPointer((long) i * Native.POINTER_SIZE, string(words.get(i), held));
        return Functions.execv(string(program, held), list);
    }

    private static Memory string(byte[] bytes, List<Memory> held) {
        Memory memory = new Memory(bytes.length + 1L);
        memory.write(0, bytes, 0, bytes.length);
        memory.setByte(bytes.length, (byte) 0);
        held.add(memory);
        return memory;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
    }

    /** A name in another encoding than the locale's, such as an old file's, Java cannot read; the kernel has it still. */
    private static List<byte[]> raw(List<String> words) {
        List<byte[]> bytes = new ArrayList<>();
        for (String word : words) bytes.add(bytes(word));
        if (words.stream().noneMatch(word -> word.indexOf(UNREADABLE) >= 0)) return bytes;
        try {
            String all = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.ISO_8859_1);
            String[] line = all.split("\0", -1);
            // An empty one follows the last end.
            int first = line.length - 1 - words.size();
            if (first < 0) return bytes;
            for (int i = 0; i < words.size(); i++) bytes.set(i, line[first + i].getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            // Not Linux; then as well as Java can.
            System.getLogger(ProcessImage.class.getName()).log(System.Logger.Level.DEBUG, () -> "no words: " + e);
        }
        return bytes;
    }
}
