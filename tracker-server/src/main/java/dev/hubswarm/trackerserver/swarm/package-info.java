/** Which peers are in which swarm, without sockets or clocks. */
@NullMarked
package dev.hubswarm.trackerserver.swarm;

import org.jspecify.annotations.NullMarked;
