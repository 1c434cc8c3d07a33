/** Bytes to disk and back, and the threads that hash them. */
@NullMarked
package dev.hubswarm.storage;

import org.jspecify.annotations.NullMarked;
