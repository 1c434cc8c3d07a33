package dev.hubswarm.agent.proxy;

/** A request that is not answered. Confined to the client's loop. */
record Refused(ClientConnection client, Failure failure) implements Exchange {
    @Override
    public void begin() {
        client.refuse(failure);
    }

    @Override
    public void gone() {}
}
