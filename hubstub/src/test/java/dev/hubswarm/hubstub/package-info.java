@NullMarked
package dev.hubswarm.hubstub;

import org.jspecify.annotations.NullMarked;
