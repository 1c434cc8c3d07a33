/** A stand-in Hub for tests and demonstrations. */
@NullMarked
package dev.hubswarm.hubstub;

import org.jspecify.annotations.NullMarked;
