package dev.hubswarm.agent.control;

/** Answers what was let in. Called by several threads, and may wait. */
@FunctionalInterface
interface ControlApi {
    ControlAnswer answer(ControlRequest request) throws InterruptedException;
}
