/** What a request to the Hub asks for, and how to ask. Pure: no I/O. */
@NullMarked
package dev.hubswarm.hub.request;

import org.jspecify.annotations.NullMarked;
