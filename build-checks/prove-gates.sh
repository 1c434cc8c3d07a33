#!/usr/bin/env bash
# Breaks a copy of the working tree in one way after another and shows that the gate meant for it stops the build,
# with its own message. A gate that nobody has seen failing may well be switched off.
#
#   build-checks/prove-gates.sh [BUILT]  needs the network, or a filled local Maven repository
#   MVN=./mvnw build-checks/prove-gates.sh
#
# BUILT is a copy of the tree in which mvn verify has just passed; without it that is done here.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

mvn=${MVN:-mvn}
case $mvn in */*) mvn=$(cd "$(dirname "$mvn")" && pwd)/$(basename "$mvn") ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log

maven() { (cd "$tree" && "$mvn" -B -q "$@") >"$log" 2>&1; }
pass() { echo "ok: $1" | tee -a "$work/results"; }
fail() {
    echo "FAILED: $1" | tee -a "$work/results"
    grep -E '^\[(ERROR|WARNING)\]' "$log" | head -20 | sed 's/^/    /'
}

# must_fail WHAT MESSAGE MAVEN-ARGS: the build has to fail, and say MESSAGE.
must_fail() {
    local what=$1 message=$2
    shift 2
    if maven -o "$@"; then
        fail "$what (the build passed)"
    elif grep -qF -- "$message" "$log"; then
        pass "$what"
    else
        fail "$what (the build failed, but without saying: $message)"
    fi
}

# also WHAT MESSAGE: the last build said this too.
also() {
    if grep -qF -- "$2" "$log"; then pass "$1"; else fail "$1 (the build did not say: $2)"; fi
}

# plant FILE: adds a source file, from standard input.
plant() { mkdir -p "$(dirname "$tree/$1")" && cat >"$tree/$1"; }
# depend MODULE GROUP:ARTIFACT: adds a dependency to the module's pom.
depend() {
    cp "$tree/$1/pom.xml" "$tree/$1/pom.xml.whole"
    sed -i "0,/<dependencies>/s//<dependencies><dependency><groupId>${2%:*}<\/groupId><artifactId>${2#*:}<\/artifactId><\/dependency>/" \
        "$tree/$1/pom.xml"
}
restore() { mv "$tree/$1/pom.xml.whole" "$tree/$1/pom.xml"; }
jar_sum() { sha256sum <"$1/cli/target/hubswarm.jar"; }

tree=$work/tree
build-checks/copy-tree "$tree"
base=base/src/main/java/dev/hubswarm/base

built=${1:-$tree}
architecture=(-Dtest=ArchitectureTest -Dsurefire.failIfNoSpecifiedTests=false)

# The unbroken tree passes. Only with this are the failures worth anything.
unbroken=()
if [ "$built" != "$tree" ]; then unbroken=(-o -pl base); fi
if maven verify ${unbroken[@]+"${unbroken[@]}"} "${architecture[@]}"; then
    pass "every gate passes on the unbroken tree"
else
    fail "every gate passes on the unbroken tree"
    exit 1
fi

# One build for three breaches: each must be in the report by its own class name. It is a test, so that the other gates
# may be left out; and it has a tree of its own, so that it can be built beside what follows.
prove_architecture() {
    tree=$work/architecture
    log=$work/architecture.log
    build-checks/copy-tree "$tree"
    plant protocol/src/main/java/dev/hubswarm/protocol/PlantedSocket.java <<'JAVA'
package dev.hubswarm.protocol;

import java.io.IOException;
import java.net.Socket;
import org.jspecify.annotations.NullMarked;

/** Planted: protocol does no I/O. */
@NullMarked
public final class PlantedSocket {
    private PlantedSocket() {}

    public static int port() throws IOException {
        try (Socket socket = new Socket()) {
            return socket.getPort();
        }
    }
}
JAVA
    plant protocol/src/main/java/dev/hubswarm/protocol/PlantedClock.java <<'JAVA'
package dev.hubswarm.protocol;

import org.jspecify.annotations.NullMarked;

/** Planted: in protocol time is an argument. */
@NullMarked
public final class PlantedClock {
    private PlantedClock() {}

    public static long now() {
        return System.nanoTime();
    }
}
JAVA
    plant storage/src/main/java/dev/hubswarm/storage/PlantedRank.java <<'JAVA'
package dev.hubswarm.storage;

import dev.hubswarm.protocol.PlantedClock;
import org.jspecify.annotations.NullMarked;

/** Planted: storage may not use protocol, which has the same rank. */
@NullMarked
public final class PlantedRank {
    private PlantedRank() {}

    public static long now() {
        return PlantedClock.now();
    }
}
JAVA
    depend storage dev.hubswarm:hubswarm-protocol
    must_fail "ArchUnit stops the build" "Architecture Violation" test -P '!checks' -pl cli -am "${architecture[@]}"
    also "ArchUnit fails when protocol opens a socket" "dev.hubswarm.protocol.PlantedSocket.port()"
    also "ArchUnit fails when protocol reads the clock" \
        "dev.hubswarm.protocol.PlantedClock.now()> calls method <java.lang.System.nanoTime()"
    also "ArchUnit fails when storage uses protocol" "dev.hubswarm.storage.PlantedRank.now()"
}
prove_architecture >"$work/architecture.out" &

# Another folder and no gates, so that neither the place nor -Dquick shows in the jar.
first=$(jar_sum "$built")
tree=$work/elsewhere
build-checks/copy-tree "$tree" && maven -o package -Dquick -pl cli -am
tree=$work/tree
if [ "$first" = "$(jar_sum "$work/elsewhere")" ]; then
    pass "two clean builds, one with -Dquick in another folder, give the same cli/target/hubswarm.jar"
else
    fail "two clean builds, one with -Dquick in another folder, give the same cli/target/hubswarm.jar"
fi

plant $base/Planted.java <<'JAVA'
package dev.hubswarm.base;

/** Planted: badly formatted. */
public final class Planted { private Planted( ) { } }
JAVA
must_fail "spotless fails when a file is badly formatted" \
    "format violations" verify -DskipTests -pl base

plant $base/Planted.java <<'JAVA'
package dev.hubswarm.base;

/** Planted: the result is thrown away. */
final class Planted {
    private Planted() {}

    static void trim(String text) {
        text.trim();
    }
}
JAVA
maven -o compile -Dquick -pl base || fail "-Dquick leaves the gates out"
must_fail "Error Prone fails when a result is ignored, also after a -Dquick build that let it pass" \
    "[ReturnValueIgnored]" compile -pl base

plant $base/Planted.java <<'JAVA'
package dev.hubswarm.base;

/** Planted: null where the signature promises a string. */
final class Planted {
    private Planted() {}

    static String nothing() {
        return null;
    }
}
JAVA
must_fail "NullAway fails when a non-null method returns null" \
    "[NullAway] returning @Nullable expression" compile -pl base

plant $base/planted/Planted.java <<'JAVA'
package dev.hubswarm.base.planted;

/** Planted: its package has no @NullMarked. */
final class Planted {
    private Planted() {}
}
JAVA
rm "$tree/$base/Planted.java"
must_fail "NullAway fails when a package is not @NullMarked" \
    "[RequireExplicitNullMarking]" compile -pl base
rm -r "${tree:?}/$base/planted"

plant $base/Planted.java <<'JAVA'
package dev.hubswarm.base;

import java.util.List;

/** Planted: a raw type. */
final class Planted {
    private Planted() {}

    static int size(List list) {
        return list.size();
    }
}
JAVA
must_fail "javac fails when it has a lint warning (-Werror)" \
    "warnings found and -Werror specified" compile -pl base
also "that warning is the planted raw type, and is printed" "Planted.java:[9,21] found raw type"
rm "$tree/$base/Planted.java"

depend base info.picocli:picocli
must_fail "analyze-only fails when a declared dependency is not used" \
    "Unused declared dependencies found" verify -DskipTests -pl base
restore base

depend protocol info.picocli:picocli
must_fail "enforcer fails when protocol gets a library" \
    "protocol has no libraries" validate -pl protocol -am
restore protocol

plant testkit/src/test/java/dev/hubswarm/testkit/PlantedLeakTest.java <<'JAVA'
package dev.hubswarm.testkit;

import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.Test;

final class PlantedLeakTest {
    @Test
    void losesABuffer() {
        ByteBufAllocator.DEFAULT.directBuffer().writeByte(1);
    }
}
JAVA
must_fail "a lost buffer fails the tests of modules with Netty" "buffers were lost" \
    test -P '!checks' -pl testkit -am -Dtest=PlantedLeakTest -Dsurefire.failIfNoSpecifiedTests=false

wait
cat "$work/architecture.out"
passed=$(grep -c '^ok' "$work/results")
failed=$(grep -c '^FAILED' "$work/results")
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
