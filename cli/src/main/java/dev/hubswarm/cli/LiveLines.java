package dev.hubswarm.cli;

import java.io.PrintWriter;
import java.util.List;

/** Lines on a terminal that are drawn over and over again in one place. Confined to its owner. */
final class LiveLines {
    /** A line that is wider than the terminal, as names of wide letters make it, would take two rows of the picture. */
    private static final String WRAP_OFF = "\u001b[?7l";

    private static final String WRAP_ON = "\u001b[?7h";
    private static final String CLEAR_LINE = "\u001b[2K";
    private static final String CLEAR_BELOW = "\u001b[J";

    private final PrintWriter out;
    private final int width;
    private int drawn;

    LiveLines(PrintWriter out, int width) {
        this.out = out;
        this.width = width;
    }

    void draw(List<String> lines) {
        StringBuilder screen = new StringBuilder(WRAP_OFF).append(top());
        for (String line : lines) screen.append(CLEAR_LINE).append(cut(line)).append('\n');
        out.print(screen.append(CLEAR_BELOW).append(WRAP_ON));
        out.flush();
        drawn = lines.size();
    }

    private String top() {
        // From the left, where Ctrl-C may have left its mark.
        return drawn == 0 ? "" : "\r\u001b[" + drawn + "A";
    }

    private String cut(String line) {
        return line.length() < width ? line : line.substring(0, width - 1);
    }

    /** Takes them away, so that what is printed next begins where they began. */
    void clear() {
        if (drawn == 0) return;
        out.print(top() + CLEAR_BELOW);
        out.flush();
        drawn = 0;
    }
}
