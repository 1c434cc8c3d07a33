/** How to reach a tracker: its address, and HTTP that ends in time. */
@NullMarked
package dev.hubswarm.trackerclient.contact;

import org.jspecify.annotations.NullMarked;
