/** Files to torrents, and files against torrents. */
@NullMarked
package dev.hubswarm.torrentcreator;

import org.jspecify.annotations.NullMarked;
