package dev.hubswarm.cli;

/** Makes text from torrents and file names safe to print. Stateless. */
final class Printable {
    private Printable() {}

    /** Control and format characters, with which a name could rewrite the terminal, become question marks. */
    static String of(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().map(Printable::orMark).forEach(out::appendCodePoint);
        return out.toString();
    }

    private static int orMark(int point) {
        boolean unsafe = Character.isISOControl(point) || Character.getType(point) == Character.FORMAT;
        return unsafe ? '?' : point;
    }
}
