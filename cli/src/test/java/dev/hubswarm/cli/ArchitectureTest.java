package dev.hubswarm.cli;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.File;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of ARCHITECTURE.md that Maven's module boundaries do not keep. This module sees all others. */
final class ArchitectureTest {
    private static final String ROOT = "dev.hubswarm.";

    /** A package's rank; it may use lower ranks, and itself. Each module's packages are named after it. */
    private static final Map<String, Integer> RANKS = Map.ofEntries(
            Map.entry("base", 0),
            Map.entry("javaagent", 0),
            Map.entry("testkit", 1),
            Map.entry("protocol", 1),
            Map.entry("storage", 1),
            Map.entry("hubstub", 1),
            Map.entry("hub", 2),
            Map.entry("torrentcreator", 2),
            Map.entry("trackerclient", 2),
            Map.entry("p2pengine", 2),
            Map.entry("trackerserver", 3),
            Map.entry("seeder", 3),
            Map.entry("agent", 4),
            Map.entry("cli", 5));

    private static final JavaClasses OURS =
            new ClassFileImporter().withImportOption(new DoNotIncludeTests()).importPackages("dev.hubswarm");

    @Test
    void everyPackageHasARank() {
        OURS.forEach(type -> assertTrue(
                RANKS.containsKey(module(type.getPackageName())), type.getName() + " is in a package without a rank"));
        assertTrue(OURS.size() > 40, "the classes of all modules are seen");
    }

    private static String module(String packageName) {
        String below = packageName.substring(Math.min(packageName.length(), ROOT.length()));
        int dot = below.indexOf('.');
        return dot < 0 ? below : below.substring(0, dot);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "base",
                "javaagent",
                "testkit",
                "protocol",
                "storage",
                "hubstub",
                "hub",
                "torrentcreator",
                "trackerclient",
                "p2pengine",
                "trackerserver",
                "agent"
            })
    void aModuleUsesOnlyLowerRanks(String module) {
        int rank = RANKS.getOrDefault(module, 0);
        String[] forbidden = RANKS.entrySet().stream()
                .filter(other -> other.getValue() >= rank && !other.getKey().equals(module))
                .map(other -> ROOT + other.getKey() + "..")
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(ROOT + module + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden)
                .because("ranks point downwards (ARCHITECTURE.md, Modules)")
                .check(OURS);
    }

    @Test
    void protocolKnowsNoSocketsFilesOrThreads() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "protocol..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "java.net..",
                                "java.nio.channels..",
                                "java.nio.file..",
                                "java.util.concurrent..",
                                "java.util.logging..",
                                "java.time..",
                                "io.netty..",
                                "javax..")
                        .or(assignableTo(Thread.class))
                        .or(assignableTo(Runnable.class))
                        .or(assignableTo(File.class))
                        .or(assignableTo(System.Logger.class)))
                .because("protocol has no sockets, files or threads; it can be tested without any")
                .check(OURS);
    }

    @Test
    void onlyTheDemoNeedsTheStandInHub() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "hubstub..")
                .and()
                .doNotHaveSimpleName("DemoWorld")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + "hubstub..")
                .because("it is in the jar for the demo alone, and no other command loads it")
                .check(OURS);
    }

    /** Upwards; each may use those before it. */
    private static final List<String> ENGINE = List.of("store", "transfer", "peer", "web", "swarm");

    @ParameterizedTest
    @ValueSource(strings = {"store", "transfer", "peer", "web"})
    void insideTheEngineDependenciesRunOneWay(String part) {
        String[] above = ENGINE.stream()
                .skip(ENGINE.indexOf(part) + 1)
                .map(other -> ROOT + "p2pengine." + other + "..")
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(ROOT + "p2pengine." + part + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(above)
                .because("store, transfer, peer, web and swarm build on each other (ARCHITECTURE.md, Modules)")
                .check(OURS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"transfer", "peer"})
    void whatDecidesInTheEngineKnowsNoSocketsFilesOrThreads(String part) {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "p2pengine." + part + "..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                                "java.net..",
                                "java.nio.channels..",
                                "java.nio.file..",
                                "java.util.concurrent..",
                                "java.time..",
                                "io.netty..")
                        .or(assignableTo(Thread.class))
                        .or(assignableTo(File.class)))
                .orShould()
                .callMethodWhere(describe("that reads a clock or a setting", ArchitectureTest::readsClockOrSetting))
                .because("it runs in the lab, too, where time is an argument")
                .check(OURS);
    }

    @Test
    void protocolReadsNoClocksOrSettings() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "protocol..")
                .should()
                .callMethodWhere(describe("that reads a clock or a setting", ArchitectureTest::readsClockOrSetting))
                .because("time and settings are arguments in pure code")
                .check(OURS);
    }

    private static boolean readsClockOrSetting(JavaMethodCall call) {
        return call.getTargetOwner().isEquivalentTo(System.class)
                && Set.of("nanoTime", "currentTimeMillis", "getenv", "getProperty")
                        .contains(call.getName());
    }

    @Test
    void logMessagesAreSuppliedAndNotFormatted() {
        noClasses()
                .should()
                .callMethodWhere(describe("that logs a text instead of a supplier", ArchitectureTest::formatsText))
                .because("the pattern form prints 1,234,567 and eats apostrophes (house style: logging)")
                .allowEmptyShould(true)
                .check(OURS);
    }

    private static boolean formatsText(JavaMethodCall call) {
        return call.getTargetOwner().isAssignableTo(System.Logger.class)
                && call.getName().equals("log")
                && call.getTarget().getRawParameterTypes().size() > 1
                && call.getTarget().getRawParameterTypes().get(1).isAssignableFrom(String.class);
    }

    @Test
    void onlyProgramsPrint() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "cli..")
                .and()
                // A program of its own.
                .doNotHaveSimpleName("StubMain")
                .and()
                // It may use no logging, and has stderr alone.
                .resideOutsideOfPackage(ROOT + "javaagent..")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .because("a library that prints cannot be embedded")
                .check(OURS);
    }

    @Test
    void packagesOfAModuleHaveNoCycles() {
        SlicesRuleDefinition.slices()
                .assignedFrom(new SliceAssignment() {
                    @Override
                    public SliceIdentifier getIdentifierOf(JavaClass type) {
                        return SliceIdentifier.of(type.getPackageName());
                    }

                    @Override
                    public String getDescription() {
                        return "packages";
                    }
                })
                .should()
                .beFreeOfCycles()
                .check(OURS);
    }

    @Test
    void exceptionsAreNotExtended() {
        classes()
                .that()
                .areAssignableTo(Exception.class)
                .should()
                .haveModifier(JavaModifier.FINAL)
                .because("a caller handles kinds of failure, of which there are few (house style: errors)")
                .check(OURS);
    }
}
