/** The Hub itself, over HTTP. */
@NullMarked
package dev.hubswarm.hub.origin;

import org.jspecify.annotations.NullMarked;
