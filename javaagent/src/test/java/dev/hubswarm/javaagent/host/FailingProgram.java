package dev.hubswarm.javaagent.host;

/** Asks with OkHttp in vain, and then another server with another client. Arguments: the address of each. */
public final class FailingProgram {
    private FailingProgram() {}

    public static void main(String[] args) throws Exception {
        OkHttpProgram.main(new String[] {args[0], "sync get"});
        new UrlProgram().run(new String[] {args[1], "sync small"});
    }
}
