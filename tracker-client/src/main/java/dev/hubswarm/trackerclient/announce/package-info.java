/** Announcing to trackers, by HTTP and UDP. */
@NullMarked
package dev.hubswarm.trackerclient.announce;

import org.jspecify.annotations.NullMarked;
