package dev.hubswarm.protocol.announce;

/**
 * How a swarm is (BEP 48). Immutable.
 *
 * @param complete how many have everything
 * @param downloaded how many said that they completed
 * @param incomplete how many do not have everything
 */
public record SwarmStats(int complete, int downloaded, int incomplete) {
    public static final SwarmStats EMPTY = new SwarmStats(0, 0, 0);
}
