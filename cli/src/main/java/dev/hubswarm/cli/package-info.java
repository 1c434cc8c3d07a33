/** The command line: commands, what they print, and exit codes. */
@NullMarked
package dev.hubswarm.cli;

import org.jspecify.annotations.NullMarked;
