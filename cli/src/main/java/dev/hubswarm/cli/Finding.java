package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import java.util.Locale;

/**
 * What an examination found. Immutable.
 *
 * @param text what is, and, unless that is fine, what to do
 * @param exitCode not {@link ExitCode#DONE} for a problem
 */
record Finding(String subject, Level level, String text, int exitCode) {
    /** How bad it is. */
    enum Level {
        OK,
        WARNING,
        PROBLEM;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Finding ok(String subject, String text) {
        return new Finding(subject, Level.OK, text, ExitCode.DONE);
    }

    static Finding warning(String subject, String text) {
        return new Finding(subject, Level.WARNING, text, ExitCode.DONE);
    }

    static Finding problem(String subject, UserError error) {
        return new Finding(subject, Level.PROBLEM, String.valueOf(error.getMessage()), ExitCode.of(error));
    }
}
