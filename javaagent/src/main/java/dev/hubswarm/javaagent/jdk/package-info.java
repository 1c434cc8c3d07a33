/** java.net.http. Loaded only where that module is. */
@NullMarked
package dev.hubswarm.javaagent.jdk;

import org.jspecify.annotations.NullMarked;
