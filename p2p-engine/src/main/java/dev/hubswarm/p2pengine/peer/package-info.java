/** What one peer and we say to each other (BEP 3 and its extensions), without its socket. */
@NullMarked
package dev.hubswarm.p2pengine.peer;

import org.jspecify.annotations.NullMarked;
