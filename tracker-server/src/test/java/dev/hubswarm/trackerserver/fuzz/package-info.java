/** Targets for Jazzer, which {@code fuzz/run} starts. */
@NullMarked
package dev.hubswarm.trackerserver.fuzz;

import org.jspecify.annotations.NullMarked;
