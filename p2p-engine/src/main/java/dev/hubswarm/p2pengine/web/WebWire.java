package dev.hubswarm.p2pengine.web;

import dev.hubswarm.protocol.announce.PeerAddress;
import java.net.URI;
import java.nio.ByteBuffer;

/** A connection to one web server. Confined to the transfer's loop. */
public interface WebWire {
    /** Makes connections. */
    interface Dialler {
        /**
         * Returns at once; what becomes of it is told later.
         *
         * @param server whose scheme, host and port count
         * @param nearest hosts nearer than that are not called, whatever name they have
         */
        WebWire dial(URI server, PeerAddress.Scope nearest, Ears ears);
    }

    /** Hears what comes, on the loop; nothing once the wire was closed by us. */
    interface Ears {
        void connected(PeerAddress.Scope server);

        void head(WebAnswer answer);

        /** Valid until it returns. */
        void body(ByteBuffer bytes);

        /** The answer is whole. */
        void end();

        void closed(String why);

        /** The server is nearer than is allowed, and was not called. */
        void tooNear();
    }

    /** Asks for bytes of what is at that address; several may be asked for before the first has come. */
    void get(URI what, long from, long to);

    /** Takes nothing in from now on, but what is on its way here already. */
    void pause();

    void resume();

    /** Whether it takes nothing in now because of a limit, or of {@link #pause}. */
    boolean isHeld();

    void close();
}
