/** Bencoding (BEP 3): a pull reader and a canonical writer. */
@NullMarked
package dev.hubswarm.protocol.bencode;

import org.jspecify.annotations.NullMarked;
