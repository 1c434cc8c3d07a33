/** Swarms of real engines in virtual time. */
@NullMarked
package dev.hubswarm.p2pengine.lab;

import org.jspecify.annotations.NullMarked;
