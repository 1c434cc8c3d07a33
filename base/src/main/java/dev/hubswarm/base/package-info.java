/** What every rank needs. Stays tiny. */
@NullMarked
package dev.hubswarm.base;

import org.jspecify.annotations.NullMarked;
