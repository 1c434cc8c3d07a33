/** Fetches files from the Hub into its cache: which, in what order, over how many connections. */
@NullMarked
package dev.hubswarm.hub.download;

import org.jspecify.annotations.NullMarked;
