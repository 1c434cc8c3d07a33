@NullMarked
package dev.hubswarm.p2pengine.swarm;

import org.jspecify.annotations.NullMarked;
