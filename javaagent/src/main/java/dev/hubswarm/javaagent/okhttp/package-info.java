/** OkHttp. Defined below the host's own loader of that library, in the version the host has. */
@NullMarked
package dev.hubswarm.javaagent.okhttp;

import org.jspecify.annotations.NullMarked;
