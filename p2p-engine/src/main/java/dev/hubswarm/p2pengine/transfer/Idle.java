package dev.hubswarm.p2pengine.transfer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Predicate;

/** The sources that found nothing to do, and those of them that are to be woken. Confined to its picker. */
final class Idle {
    private final List<Member> members = new ArrayList<>();
    private final Queue<Member> woken = new ArrayDeque<>();

    void add(Member member) {
        if (member.isIdle) return;
        member.isIdle = true;
        members.add(member);
    }

    void remove(Member member) {
        members.remove(member);
        woken.removeIf(other -> other == member);
    }

    /** Those for whom something may have changed. They are told by {@link #wake}. */
    void choose(Predicate<Member> isConcerned) {
        members.removeIf(member -> {
            if (!isConcerned.test(member)) return false;
            member.isIdle = false;
            return woken.add(member);
        });
    }

    /** Only when all is in order, and never while somebody picks, for they may do anything now. */
    void wake() {
        for (Member next = woken.poll(); next != null; next = woken.poll()) next.source.wake();
    }

    void checkInvariants(List<Member> here) {
        if (!members.stream().allMatch(member -> member.isIdle && here.contains(member)) || !woken.isEmpty()) {
            throw new AssertionError("somebody is idle who is not here, or was not woken");
        }
    }
}
