/** One file or torrent on its way: which bytes are asked of whom, and what became of them. */
@NullMarked
package dev.hubswarm.p2pengine.transfer;

import org.jspecify.annotations.NullMarked;
