package dev.hubswarm.cli;

import dev.hubswarm.base.UserError;
import dev.hubswarm.base.UserError.Kind;
import dev.hubswarm.storage.StateFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The options of a command that are set elsewhere than on the command line: in the environment, else in config.toml.
 * They become arguments like the user's own, so that what is right for one is right for the other. Confined to one
 * thread.
 */
final class Settings {
    private static final String PREFIX = "HUBSWARM_";
    /** Variables that are no options: of the launcher and {@link StateFolder}. */
    private static final Set<String> OTHERS = Set.of("HUBSWARM_HOME", "HUBSWARM_JAVA_OPTS");

    /** For no command line and no variable: whether the world may have what a company's mirror gives to anybody there. */
    private static final String SHARE_UPSTREAM = "share-upstream";

    private static final int TYPING_ERROR = 2;

    /** Where an option was set. */
    private record Origin(String option, String place) {}

    private final CommandLine root;
    private final Map<String, String> environment;
    private final Path stateFolder;
    private final List<Origin> used = new ArrayList<>();

    Settings(CommandLine root, Map<String, String> environment, Path stateFolder) {
        this.root = root;
        this.environment = environment;
        this.stateFolder = stateFolder;
    }

    /** Returns the arguments with what is set elsewhere and not by them. */
    String[] complete(String[] arguments) throws UserError {
        boolean hasVariables =
                environment.keySet().stream().anyMatch(name -> name.startsWith(PREFIX) && !OTHERS.contains(name));
        Path file = stateFolder.resolve("config.toml");
        boolean hasFile = Files.exists(file);
        if (!hasVariables && !hasFile) return arguments;
        ParseResult given;
        try {
            given = root.parseArgs(arguments);
        } catch (ParameterException e) {
            // To be reported when the arguments are parsed in earnest.
            return arguments;
        }
        int end = 0;
        String table = "";
        while (given.hasSubcommand()) {
            given = given.subcommand();
            CommandSpec command = given.commandSpec();
            while (!command.names().contains(arguments[end])) end++;
            end++;
            table += command.name() + ".";
        }
        if (given.isUsageHelpRequested() || given.isVersionHelpRequested()) return arguments;
        if (given.commandSpec().helpCommand()) return arguments;
        Map<String, OptionSpec> known = new LinkedHashMap<>();
        collect("", root, known);
        checkVariables(known.keySet());
        @Nullable ConfigFile config = hasFile ? read(file, known.keySet()) : null;
        List<String> complete = new ArrayList<>(Arrays.asList(arguments).subList(0, end));
        for (Map.Entry<String, OptionSpec> entry : known.entrySet()) {
            String key = entry.getKey();
            boolean ofCommand = key.startsWith(table) && key.indexOf('.', table.length()) < 0;
            if (ofCommand && !given.hasMatchedOption(entry.getValue().longestName()))
                add(key, entry.getValue(), config, complete);
        }
        complete.addAll(Arrays.asList(arguments).subList(end, arguments.length));
        return complete.toArray(String[]::new);
    }

    /** Whether files may be shared though the Hub is neither the public one nor on this machine (design.md section 5). */
    static boolean sharesUpstream(Path stateFolder) throws UserError {
        Path file = stateFolder.resolve("config.toml");
        if (!Files.exists(file)) return false;
        ConfigFile config = ConfigFile.read(file);
        List<String> values = config.values().getOrDefault(SHARE_UPSTREAM, List.of("false"));
        if (values.equals(List.of("true"))) return true;
        if (values.equals(List.of("false"))) return false;
        throw new UserError(
                Kind.USAGE,
                SHARE_UPSTREAM + " is " + values + " (" + config.origin(SHARE_UPSTREAM) + ").",
                "Set it to true or false.");
    }

    /** Says of what in a message is not from the command line where it is from. */
    String origins(String message) {
        StringBuilder told = new StringBuilder();
        for (Origin origin : used) {
            if (Pattern.compile(Pattern.quote(origin.option) + "(?![\\w-])")
                    .matcher(message)
                    .find())
                told.append(' ')
                        .append(origin.option)
                        .append(" is set by ")
                        .append(origin.place)
                        .append('.');
        }
        return told.toString();
    }

    private static void collect(String table, CommandLine command, Map<String, OptionSpec> known) {
        for (Map.Entry<String, CommandLine> sub : command.getSubcommands().entrySet()) {
            for (OptionSpec option : sub.getValue().getCommandSpec().options()) {
                if (!option.usageHelp() && !option.versionHelp())
                    known.put(table + sub.getKey() + "." + option.longestName().substring(2), option);
            }
            collect(table + sub.getKey() + ".", sub.getValue(), known);
        }
    }

    private static String variable(String key) {
        return PREFIX + key.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
    }

    /** Only what looks like a typing error is one: a container gets variables named after services near it. */
    private void checkVariables(Collection<String> keys) throws UserError {
        List<String> known = keys.stream().map(Settings::variable).toList();
        for (String name : environment.keySet()) {
            if (!name.startsWith(PREFIX) || known.contains(name) || OTHERS.contains(name)) continue;
            String nearest = Spelling.nearest(name, known);
            if (Spelling.distance(name, nearest) <= TYPING_ERROR) {
                throw new UserError(
                        Kind.USAGE,
                        "The environment sets " + Printable.of(name) + ", which is no setting.",
                        "Did you mean " + nearest + "?");
            }
        }
    }

    private ConfigFile read(Path file, Collection<String> known) throws UserError {
        StateFolder.open(stateFolder);
        ConfigFile config = ConfigFile.read(file);
        for (String key : config.values().keySet()) {
            if (!known.contains(key) && !key.equals(SHARE_UPSTREAM)) {
                throw new UserError(
                        Kind.USAGE,
                        "There is no setting '" + key + "' (" + config.origin(key) + ").",
                        "Did you mean '" + Spelling.nearest(key, known) + "'?");
            }
        }
        return config;
    }

    private void add(String key, OptionSpec option, @Nullable ConfigFile config, List<String> arguments)
            throws UserError {
        String variable = variable(key);
        String value = environment.getOrDefault(variable, "");
        List<String> values = List.of();
        String place = variable;
        if (!value.isEmpty()) {
            if (option.arity().max() == 0) value = value.equals("1") ? "true" : value.equals("0") ? "false" : value;
            values = option.isMultiValue() ? List.of(value.split(",")) : List.of(value);
        } else if (config != null && config.values().containsKey(key)) {
            values = config.values().getOrDefault(key, List.of());
            place = config.origin(key);
        }
        String name = option.longestName();
        if (values.size() > 1 && !option.isMultiValue())
            throw new UserError(Kind.USAGE, name + " is set to a list by " + place + ".", "Set it to one value.");
        if (!values.isEmpty()) used.add(new Origin(name, place));
        for (String each : values) arguments.add(name + "=" + each.trim());
    }
}
