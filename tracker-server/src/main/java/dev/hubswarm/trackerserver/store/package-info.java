/** What the tracker keeps: the catalogue, and what several tracker processes tell each other. */
@NullMarked
package dev.hubswarm.trackerserver.store;

import org.jspecify.annotations.NullMarked;
