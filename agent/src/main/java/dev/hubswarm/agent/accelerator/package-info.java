/** The Hub and peers at once: who sends which bytes of a file. */
@NullMarked
package dev.hubswarm.agent.accelerator;

import org.jspecify.annotations.NullMarked;
