/** What the tests of this module have in common, written by hand so that it shares no code with what it tests. */
@NullMarked
package dev.hubswarm.protocol.testing;

import org.jspecify.annotations.NullMarked;
