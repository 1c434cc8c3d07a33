/** Targets for Jazzer, which {@code fuzz/run} starts. */
@NullMarked
package dev.hubswarm.trackerclient.fuzz;

import org.jspecify.annotations.NullMarked;
