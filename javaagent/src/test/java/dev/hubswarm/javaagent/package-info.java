@NullMarked
package dev.hubswarm.javaagent;

import org.jspecify.annotations.NullMarked;
