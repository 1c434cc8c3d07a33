/** The Hub itself: what it says of repos and files, and their bytes. */
@NullMarked
package dev.hubswarm.hub.origin;

import org.jspecify.annotations.NullMarked;
