/** Targets for Jazzer, which {@code fuzz/run} starts. */
@NullMarked
package dev.hubswarm.protocol.fuzz;

import org.jspecify.annotations.NullMarked;
