/** The local certificate authority, with which the proxy speaks TLS in the Hub's name to programs of its own user. */
@NullMarked
package dev.hubswarm.agent.tls;

import org.jspecify.annotations.NullMarked;
