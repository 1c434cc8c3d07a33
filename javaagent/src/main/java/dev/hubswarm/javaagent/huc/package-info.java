/** HttpURLConnection, and URL.openStream with it. */
@NullMarked
package dev.hubswarm.javaagent.huc;

import org.jspecify.annotations.NullMarked;
