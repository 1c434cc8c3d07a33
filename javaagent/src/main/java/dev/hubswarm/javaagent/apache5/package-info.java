/** Apache HttpClient 5. Defined below the host's own loader of that library, in the version the host has. */
@NullMarked
package dev.hubswarm.javaagent.apache5;

import org.jspecify.annotations.NullMarked;
