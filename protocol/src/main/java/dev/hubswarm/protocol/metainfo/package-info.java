/** Torrents as values: metainfo files (BEP 3, 47, 52), info hashes, piece geometry, Merkle trees and magnet links. */
@NullMarked
package dev.hubswarm.protocol.metainfo;

import org.jspecify.annotations.NullMarked;
