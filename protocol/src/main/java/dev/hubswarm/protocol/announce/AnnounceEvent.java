package dev.hubswarm.protocol.announce;

/** Why a client announces (BEP 3, BEP 15). */
public enum AnnounceEvent {
    /** Nothing new; also what we do not know, such as {@code paused} (BEP 21). */
    NONE("", 0),
    COMPLETED("completed", 1),
    STARTED("started", 2),
    STOPPED("stopped", 3);

    final String text;
    final int number;

    AnnounceEvent(String text, int number) {
        this.text = text;
        this.number = number;
    }

    static AnnounceEvent read(QueryReader query) {
        if (query.valueIs(STARTED.text)) return STARTED;
        if (query.valueIs(COMPLETED.text)) return COMPLETED;
        return query.valueIs(STOPPED.text) ? STOPPED : NONE;
    }

    static AnnounceEvent ofNumber(int number) {
        return switch (number) {
            case 1 -> COMPLETED;
            case 2 -> STARTED;
            case 3 -> STOPPED;
            default -> NONE;
        };
    }
}
