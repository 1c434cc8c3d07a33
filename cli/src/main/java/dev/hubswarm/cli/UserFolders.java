package dev.hubswarm.cli;

import dev.hubswarm.hub.origin.OriginEnvironment;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Folders as users name them. Stateless. */
final class UserFolders implements ITypeConverter<Path> {
    /** {@code $HOME}, as for Python and every shell; Java alone asks the system's list of users. */
    static Path home(Map<String, String> environment, boolean windows) {
        String home = environment.getOrDefault("HOME", "");
        return Path.of(windows || home.isEmpty() ? System.getProperty("user.home") : home)
                .toAbsolutePath();
    }

    static Path home() {
        return home(OuterEnvironment.get(), System.getProperty("os.name").startsWith("Windows"));
    }

    /** In {@code --option=~/x} most shells leave the ~ as it is. */
    @Override
    public Path convert(String text) {
        // As from a variable that is not set. It would mean the folder in which we happen to be.
        if (text.isBlank()) throw new TypeConversionException("the name of the folder is empty");
        return OriginEnvironment.path(text, home()).toAbsolutePath().normalize();
    }
}
