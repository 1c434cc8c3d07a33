package dev.hubswarm.cli;

import java.util.Locale;
import java.util.Map;

/** The shells for which variables can be printed, and how each of them writes that. Immutable. */
enum ShellSyntax {
    SH {
        @Override
        String set(String name, String value) {
            return "export " + name + "='" + value.replace("'", "'\\''") + "'";
        }

        @Override
        String copy(String from, String to) {
            return "export " + to + "=\"$" + from + "\"";
        }

        @Override
        String unset(String name) {
            return "unset " + name;
        }
    },
    FISH {
        @Override
        String set(String name, String value) {
            return "set -gx " + name + " '" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
        }

        @Override
        String copy(String from, String to) {
            return "set -gx " + to + " \"$" + from + "\"";
        }

        @Override
        String unset(String name) {
            return "set -e " + name;
        }
    },
    POWERSHELL {
        /** Typographic quotes, too, end a text there. */
        @Override
        String set(String name, String value) {
            return "${env:" + name + "} = '" + value.replaceAll("['\u2018\u2019\u201a\u201b]", "$0$0") + "'";
        }

        @Override
        String copy(String from, String to) {
            return "${env:" + to + "} = ${env:" + from + "}";
        }

        @Override
        String unset(String name) {
            return "Remove-Item -ErrorAction Ignore Env:" + name;
        }
    };

    abstract String set(String name, String value);

    /** Without the value, which may hold the password of a proxy and shall stand on no screen. */
    abstract String copy(String from, String to);

    abstract String unset(String name);

    /** The one that the user's variables name. */
    static ShellSyntax of(Map<String, String> environment, boolean windows) {
        String shell = environment.getOrDefault("SHELL", windows ? "powershell" : "sh");
        String name = shell.substring(Math.max(shell.lastIndexOf('/'), shell.lastIndexOf('\\')) + 1)
                .toLowerCase(Locale.ROOT);
        if (name.startsWith("fish")) return FISH;
        return name.startsWith("pwsh") || name.startsWith("powershell") ? POWERSHELL : SH;
    }
}
