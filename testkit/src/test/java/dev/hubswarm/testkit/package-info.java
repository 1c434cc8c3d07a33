@NullMarked
package dev.hubswarm.testkit;

import org.jspecify.annotations.NullMarked;
