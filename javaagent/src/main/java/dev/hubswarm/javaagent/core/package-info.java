/** What the agent does: which requests it looks at, whom it asks, and how it stays out of the way. */
@NullMarked
package dev.hubswarm.javaagent.core;

import org.jspecify.annotations.NullMarked;
