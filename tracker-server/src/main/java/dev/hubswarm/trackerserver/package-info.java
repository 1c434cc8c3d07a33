/** The tracker as a whole. */
@NullMarked
package dev.hubswarm.trackerserver;

import org.jspecify.annotations.NullMarked;
