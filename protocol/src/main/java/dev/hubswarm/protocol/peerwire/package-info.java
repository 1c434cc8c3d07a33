/** What peers say to each other: the handshake, the messages of BEP 3, 6 and 52, and the extensions of BEP 10. */
@NullMarked
package dev.hubswarm.protocol.peerwire;

import org.jspecify.annotations.NullMarked;
