package dev.hubswarm.base;

/** A secret. Printing it, or an object that holds it, does not tell it. Immutable. */
public final class Redacted {
    private final String secret;

    public Redacted(String secret) {
        this.secret = secret;
    }

    /** For the one place that sends it. */
    public String reveal() {
        return secret;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Redacted redacted && secret.equals(redacted.secret);
    }

    @Override
    public int hashCode() {
        return secret.hashCode();
    }

    @Override
    public String toString() {
        return "(redacted)";
    }
}
