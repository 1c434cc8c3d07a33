/** What this machine shares, and why it may: canonical torrents made, published, announced and served. */
@NullMarked
package dev.hubswarm.seeder;

import org.jspecify.annotations.NullMarked;
