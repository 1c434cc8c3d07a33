/** The Hugging Face cache on disk, as huggingface_hub lays it out. */
@NullMarked
package dev.hubswarm.hub.cache;

import org.jspecify.annotations.NullMarked;
