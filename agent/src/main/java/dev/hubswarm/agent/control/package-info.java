/** How people and programs on this machine see and steer a running agent. */
@NullMarked
package dev.hubswarm.agent.control;

import org.jspecify.annotations.NullMarked;
