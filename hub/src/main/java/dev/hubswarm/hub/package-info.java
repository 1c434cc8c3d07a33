/** What Hugging Face means. */
@NullMarked
package dev.hubswarm.hub;

import org.jspecify.annotations.NullMarked;
