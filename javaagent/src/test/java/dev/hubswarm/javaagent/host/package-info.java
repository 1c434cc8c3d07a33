/** Programs that know nothing of hubswarm, each with one client. Run in JVMs of their own, with and without the agent. */
@NullMarked
package dev.hubswarm.javaagent.host;

import org.jspecify.annotations.NullMarked;
