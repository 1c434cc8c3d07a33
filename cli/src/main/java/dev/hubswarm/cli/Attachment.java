package dev.hubswarm.cli;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import java.io.IOException;
import java.nio.file.Path;

/** The one class that needs the module jdk.attach, which small run-time images lack. Stateless. */
final class Attachment {
    private Attachment() {}

    static void load(long pid, Path jar, String options) throws UserError {
        String otherwise = "Start the program with -javaagent:" + jar + ".";
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                machine.loadAgent(jar.toString(), options);
            } finally {
                machine.detach();
            }
        } catch (AgentLoadException e) {
            throw new UserError(Kind.NOT_ALLOWED, "Process " + pid + " takes no agent while it runs.", otherwise, e);
        } catch (AgentInitializationException e) {
            throw new UserError(Kind.FAILED, "The Java agent could not begin in process " + pid + ".", otherwise, e);
        } catch (AttachNotSupportedException e) {
            throw new UserError(
                    Kind.NOT_ALLOWED,
                    "Process " + pid + " is no Java program, or one that lets nobody attach.",
                    otherwise,
                    e);
        } catch (IOException e) {
            throw new UserError(
                    Kind.NOT_ALLOWED,
                    "Process " + pid + " does not answer: it belongs to another user, or runs in a container.",
                    otherwise,
                    e);
        }
    }
}
