/** How much one subscriber may have or do. */
@NullMarked
package dev.hubswarm.trackerserver.limit;

import org.jspecify.annotations.NullMarked;
