/** The process that runs in the background: its parts, put together. */
@NullMarked
package dev.hubswarm.agent;

import org.jspecify.annotations.NullMarked;
