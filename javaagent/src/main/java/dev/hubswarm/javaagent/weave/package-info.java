/** How clients' classes come to call us. */
@NullMarked
package dev.hubswarm.javaagent.weave;

import org.jspecify.annotations.NullMarked;
