/** Targets for Jazzer, which {@code fuzz/run} starts. */
@NullMarked
package dev.hubswarm.hub.fuzz;

import org.jspecify.annotations.NullMarked;
