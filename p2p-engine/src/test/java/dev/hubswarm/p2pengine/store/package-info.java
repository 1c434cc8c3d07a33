@NullMarked
package dev.hubswarm.p2pengine.store;

import org.jspecify.annotations.NullMarked;
