/** Tests of the finished program, and of its torrents against what other programs make of them. */
@NullMarked
package dev.hubswarm.e2e;

import org.jspecify.annotations.NullMarked;
