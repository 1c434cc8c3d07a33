/** What tests of several packages need. */
@NullMarked
package dev.hubswarm.p2pengine.testing;

import org.jspecify.annotations.NullMarked;
