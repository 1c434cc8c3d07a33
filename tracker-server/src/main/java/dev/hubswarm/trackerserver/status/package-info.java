/** What the tracker tells people and monitoring about itself. */
@NullMarked
package dev.hubswarm.trackerserver.status;

import org.jspecify.annotations.NullMarked;
