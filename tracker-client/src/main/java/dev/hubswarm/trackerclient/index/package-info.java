/** Which torrent holds the content of a digest. */
@NullMarked
package dev.hubswarm.trackerclient.index;

import org.jspecify.annotations.NullMarked;
