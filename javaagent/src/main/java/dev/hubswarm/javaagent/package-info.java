/** What the host's class path shows of the agent: the way in, and the loader of everything else. */
@NullMarked
package dev.hubswarm.javaagent;

import org.jspecify.annotations.NullMarked;
