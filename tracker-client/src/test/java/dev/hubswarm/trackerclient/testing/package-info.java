/** Trackers for tests, good and bad. */
@NullMarked
package dev.hubswarm.trackerclient.testing;

import org.jspecify.annotations.NullMarked;
