/** The tracker's sockets. */
@NullMarked
package dev.hubswarm.trackerserver.server;

import org.jspecify.annotations.NullMarked;
