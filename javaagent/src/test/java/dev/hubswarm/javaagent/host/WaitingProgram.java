package dev.hubswarm.javaagent.host;

/** Makes its clients, says so, and begins when a line comes in: time for another to attach the agent. */
public final class WaitingProgram {
    private WaitingProgram() {}

    public static void main(String[] args) throws Exception {
        JdkProgram jdk = new JdkProgram();
        UrlProgram url = new UrlProgram();
        String[] small = {args[0], "small"};
        jdk.run(small);
        url.run(small);
        System.out.println("ready");
        System.in.read();
        String[] get = {args[0], "sync get"};
        jdk.run(get);
        url.run(get);
    }
}
