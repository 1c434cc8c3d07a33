package dev.hubswarm.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {
    /** From the jar's manifest; a class path of folders has none. */
    static String number() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"hubswarm " + number() + " (Java " + Runtime.version() + ")"};
    }
}
