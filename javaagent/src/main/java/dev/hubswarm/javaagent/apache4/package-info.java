/** Apache HttpClient 4. Defined below the host's own loader of that library, in the version the host has. */
@NullMarked
package dev.hubswarm.javaagent.apache4;

import org.jspecify.annotations.NullMarked;
