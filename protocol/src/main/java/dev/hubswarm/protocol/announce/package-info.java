/** What clients and trackers say to each other: announce and scrape, by HTTP and by UDP (BEP 3, 7, 15, 23, 24, 31, 41, 48). */
@NullMarked
package dev.hubswarm.protocol.announce;

import org.jspecify.annotations.NullMarked;
