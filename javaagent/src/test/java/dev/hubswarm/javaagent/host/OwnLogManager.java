package dev.hubswarm.javaagent.host;

import java.util.logging.LogManager;

/** As an application server has one. */
public final class OwnLogManager extends LogManager {}
