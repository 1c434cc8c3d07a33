/** Measurements of hot paths with JMH. Whole programs are measured by the scripts in the bench folder. */
@NullMarked
package dev.hubswarm.bench;

import org.jspecify.annotations.NullMarked;
