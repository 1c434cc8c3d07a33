package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;

/** The exit codes that scripts may rely on (README, "Exit codes"). */
final class ExitCode {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int NOT_FOUND = 3;
    static final int NOT_ALLOWED = 4;
    static final int DAMAGED = 5;
    static final int NO_SPACE = 6;
    /** Of `run`, as of every shell: it cannot be run, or there is no such command. */
    static final int CANNOT_RUN = 126;

    static final int NO_COMMAND = 127;
    static final int INTERRUPTED = 130;

    private ExitCode() {}

    static int of(UserError error) {
        return switch (error.kind()) {
            case FAILED -> FAILED;
            case USAGE -> USAGE;
            case NOT_FOUND -> NOT_FOUND;
            case NOT_ALLOWED -> NOT_ALLOWED;
            case DAMAGED -> DAMAGED;
            case NO_SPACE -> NO_SPACE;
        };
    }
}
