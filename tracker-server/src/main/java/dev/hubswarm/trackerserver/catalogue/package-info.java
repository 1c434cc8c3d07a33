/** Which torrent has which content: publishing and looking up, by our API and by llmpt's. */
@NullMarked
package dev.hubswarm.trackerserver.catalogue;

import org.jspecify.annotations.NullMarked;
