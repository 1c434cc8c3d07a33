/** Pieces from their first block to the disk: memory, hashes, writes, reads. */
@NullMarked
package dev.hubswarm.p2pengine.store;

import org.jspecify.annotations.NullMarked;
