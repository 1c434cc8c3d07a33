/** Sessions with peers that say what a test tells them, on a loop whose clock the test moves. */
@NullMarked
package dev.hubswarm.p2pengine.peer;

import org.jspecify.annotations.NullMarked;
