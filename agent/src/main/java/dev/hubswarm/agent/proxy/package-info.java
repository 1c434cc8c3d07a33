/** The entrance of other programs: all of the Hub's paths, files of it from the cache and from peers. */
@NullMarked
package dev.hubswarm.agent.proxy;

import org.jspecify.annotations.NullMarked;
