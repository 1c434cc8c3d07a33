/** Sockets: who is dialled, who may come in, how fast bytes go. */
@NullMarked
package dev.hubswarm.p2pengine.swarm;

import org.jspecify.annotations.NullMarked;
