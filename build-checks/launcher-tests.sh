#!/usr/bin/env bash
# Tests ./hubswarm in copies of the tree: which Java it takes, when it builds, what it hands over.
#
#   build-checks/launcher-tests.sh [VERSION]     needs the network, or a filled local Maven repository
#
# VERSION is that of the JDK that builds: 17+, which is the default, or another that find-jdk understands.
# Two builds are real; elsewhere a stand-in for mvn notes how it was called and puts a jar in place, and where only
# the choice matters, a stand-in for java prints what it was called with.
# shellcheck disable=SC2016,SC2034 # Conditions are quoted, and evaluated by check.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
find_jdk=$PWD/build-checks/find-jdk
jdk=$("$find_jdk" "${1:-17+}") || { echo "launcher: there is no JDK ${1:-17+}; install one" >&2; exit 1; }
real_mvn=$(command -v mvn) || real_mvn=$PWD/mvnw
unset JAVA_HOME HUBSWARM_JAVA_OPTS JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS COLUMNS
export LC_ALL=C.UTF-8

work=$(cd "$(mktemp -d)" && pwd -P)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
chmod 755 "$work"
top="$work/a tree"
passed=0
failed=0

# ---- How a check is made
run() {
    timeout 120 "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
}
says() { grep -qF -- "$1" "$work/err"; }
prints() { grep -qF -- "$1" "$work/out"; }
silent() { [ ! -s "$work/err" ]; }
builds() { [ "$(wc -l <"$work/mvn-calls")" -eq "$1" ]; }
await_build() {
    local tries=0
    until [ -s "$work/mvn-calls" ] || [ $((tries += 1)) -gt 200 ]; do sleep 0.05; done
}
# check WHAT CONDITION: about the last run.
check() {
    if eval "$2"; then
        passed=$((passed + 1))
        echo "ok: $1"
    else
        failed=$((failed + 1))
        echo "FAILED: $1 (exit code $code; wanted: $2)"
        head -n 20 "$work/out" "$work/err" | sed 's/^/    /'
    fi
}

# ---- The pieces
# Programs that every system has; no java, no mvn.
mkdir "$work/bin" "$work/with-java" "$work/with-mvn" "$work/old-mvn"
for program in sh cat cp rm mv mkdir touch find readlink sed tail sleep stty ps grep ls; do
    ln -s "$(command -v $program)" "$work/bin/$program"
done
bare=$work/bin
ln -s "$jdk/bin/java" "$work/with-java/java"

# fake_jdk NAME VERSION: its java prints its arguments and some of its environment.
fake_jdk() {
    mkdir -p "$work/$1/bin"
    printf 'JAVA_RUNTIME_VERSION="%s+1"\nJAVA_VERSION="%s"\n' "$2" "$2" >"$work/$1/release"
    cat >"$work/$1/bin/java" <<JAVA
#!/bin/sh
echo "$1 ran: \$*"
echo "LC_ALL=\${LC_ALL-} LC_CTYPE=\${LC_CTYPE-} COLUMNS=\${COLUMNS-}"
JAVA
    printf '#!/bin/sh\n' >"$work/$1/bin/javac"
    chmod +x "$work/$1"/bin/*
}
fake_jdk jdk17 17.0.9
fake_jdk jdk11 11.0.2
fake_jdk jdk8 1.8.0_392
fake_jdk jre17 17.0.9
rm "$work/jre17/bin/javac"

# A mvn that notes its JAVA_HOME and arguments, waits as long as it is told to, and copies a jar.
cat >"$work/with-mvn/mvn" <<MVN
#!/bin/sh
if [ "\$1" = --version ]; then echo "Apache Maven 3.8.7"; exit; fi
echo "mvn \$JAVA_HOME \$*" >>"$work/mvn-calls"
sleep "\${STUB_SECONDS:-0}"
mkdir -p cli/target
cp "$work/built.jar" cli/target/hubswarm.jar
MVN
sed 's/3\.8\.7/3.6.3/' "$work/with-mvn/mvn" >"$work/old-mvn/mvn"
chmod +x "$work"/*/mvn

build-checks/copy-tree "$top" || exit 1
hubswarm=$top/hubswarm
# launch DIRS ARGS: with only DIRS and the bare programs on PATH.
launch() {
    local path=$1
    shift
    run env PATH="$path:$bare" "$hubswarm" "$@"
}
with_home() {
    local home=$1
    shift
    JAVA_HOME=$home launch "$@"
}

# ---- A first start, twice at once, for real
cat >"$work/counting-mvn" <<MVN
#!/bin/sh
case \$1 in --version) ;; *) echo "mvn \$JAVA_HOME \$*" >>"$work/mvn-calls" ;; esac
exec "$real_mvn" "\$@"
MVN
mkdir "$work/real"
mv "$work/counting-mvn" "$work/real/mvn"
chmod +x "$work/real/mvn"
: >"$work/mvn-calls"
PATH="$work/real:$jdk/bin:$PATH" "$hubswarm" --version >"$work/out2" 2>"$work/err2" </dev/null &
run env PATH="$work/real:$jdk/bin:$PATH" "$hubswarm" --version
wait $!
second=$?
cat "$work/err2" >>"$work/err"
check "two first starts at once build once, and both run" \
    '[ $code -eq 0 ] && [ $second -eq 0 ] && builds 1 && prints "hubswarm " && cmp -s "$work/out" "$work/out2"'
check "a build says so and why, and its own output is not shown" \
    'says "there is no cli/target/hubswarm.jar yet" && [ "$(grep -c Building "$work/err")" -eq 1 ] && ! says INFO'
check "it builds without the checks, and only what is needed" \
    'grep -q -- "package -Dquick -pl cli -am" "$work/mvn-calls"'
if [ ! -f "$top/cli/target/hubswarm.jar" ]; then
    echo "launcher: $passed passed, $failed failed (no jar, so the rest was not run)"
    exit 1
fi
cp "$top/cli/target/hubswarm.jar" "$work/built.jar"

# ---- With the real program
# Without sources, and in a path without spaces, with which an archive of JDK 17 does not cope: there it is of no use.
mkdir -p "$work/plain/cli/target"
cp "$hubswarm" "$work/plain"
cp "$work/built.jar" "$work/plain/cli/target/hubswarm.jar"
plain=$work/plain/hubswarm
archives=$work/plain/cli/target/cds
# measure: sets wall and cpu, medians of 10 starts in milliseconds, of the best of a few rounds.
measure() {
    wall=9999
    for _ in 1 2 3; do
        local TIMEFORMAT='%3R %3U %3S'
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            { time "$plain" --version >/dev/null; } 2>&1
        done | awk '{print $1 * 1000, ($2 + $3) * 1000}' >"$work/times"
        median=$(sort -n "$work/times" | awk 'NR == 5 {print $1}')
        if [ "$median" -lt "$wall" ]; then
            wall=$median
            cpu=$(awk '{print $2}' "$work/times" | sort -n | sed -n 5p)
        fi
        if [ "$wall" -le 400 ]; then break; fi
    done
}
# Whether others keep all processors busy, so that only the time at work says something.
busy() { awk -v cores="$(nproc)" '{exit !($1 > cores)}' /proc/loadavg 2>/dev/null; }
for version in 17 25+; do
    home=$("$find_jdk" $version) || { echo "not run: start-up on a JDK $version (there is none)"; continue; }
    export JAVA_HOME=$home
    run "$plain" --version
    check "JDK $version: prints one line and nothing else" \
        '[ $code -eq 0 ] && silent && [ "$(wc -l <"$work/out")" -eq 1 ] && prints "(Java ${version%+}"'
    cp "$work/out" "$work/version"
    run "$home/bin/java" -jar "$work/plain/cli/target/hubswarm.jar" --version
    check "JDK $version: java -jar does the same" '[ $code -eq 0 ] && silent && cmp -s "$work/out" "$work/version"'
    run env HUBSWARM_JAVA_OPTS="-Xlog:class+load:file=$work/classes.log" "$plain" --version
    check "JDK $version: its classes come from the archive" \
        'grep -q "dev.hubswarm.cli.Main source: shared objects file" "$work/classes.log"'
    measure
    check "JDK $version: --version takes $wall ms, $cpu ms at work (median of 10; at most 400)" \
        '[ "$wall" -le 400 ] || { busy && [ "$cpu" -le 400 ]; }'
    for archive in "$archives"/*.jsa; do
        head -c 100000 "$archive" >"$work/cut"
        mv -f "$work/cut" "$archive"
    done
    run "$plain" --version
    check "JDK $version: an archive that does not fit is ignored without a word" \
        '[ $code -eq 0 ] && silent && cmp -s "$work/out" "$work/version"'
    run "$hubswarm" --version
    check "JDK $version: a path with a space" '[ $code -eq 0 ] && silent && cmp -s "$work/out" "$work/version"'
    unset JAVA_HOME
    rm -r "$archives"
done

name=größe-模型.bin
echo data >"$work/$name"
for locale in LC_ALL=C LC_ALL=POSIX LANG=C LC_CTYPE=C; do
    rm -f "$work/x.torrent"
    run env -u LC_ALL -u LANG -u LC_CTYPE $locale JAVA_HOME="$jdk" "$hubswarm" \
        torrent create "$work/$name" --kind plain -o "$work/x.torrent"
    check "a file name that is not ASCII survives $locale" '[ $code -eq 0 ] && grep -qF "$name" "$work/x.torrent"'
done

cd / || exit 1
with_home "$jdk" "" torrent show "no such * file"
check "arguments arrive whole and the exit code comes back" '[ $code -eq 3 ] && says "no such * file"'
JAVA_HOME=$jdk run sh -c 'exec "$0" torrent get - <&-' "$hubswarm"
check "closed standard input is an empty one" '[ $code -eq 1 ] && says "Standard input" && says "it is empty"'
cd "$work" || exit 1

# ---- Which Java
launch ""
check "no Java at all: says what to install, exit code 1" \
    '[ $code -eq 1 ] && says "Java 17 or newer is needed" && says "Install one" && [ ! -s "$work/out" ]'
with_home "$work/jdk11" "$work/jdk17/bin" hello
check "JAVA_HOME too old: says so, takes the java on PATH" \
    '[ $code -eq 0 ] && says "JAVA_HOME ($work/jdk11) is Java 11" && prints "jdk17 ran: " && prints " hello"'
with_home "$work/jdk8" "$work/jdk11/bin" hello
check "only old ones: names each, exit code 1" \
    '[ $code -eq 1 ] && says "jdk8) is Java 8" && says "jdk11/bin/java is Java 11" && [ ! -s "$work/out" ]'
with_home "$work/nowhere" "$work/jdk17/bin" hello
check "JAVA_HOME leads nowhere: says so, takes the java on PATH" \
    '[ $code -eq 0 ] && says "JAVA_HOME ($work/nowhere) does not exist" && prints "jdk17 ran: "'
launch "$work/jdk11/bin:$work/jdk17/bin" hello
check "an old java first on PATH: takes the next" '[ $code -eq 0 ] && silent && prints "jdk17 ran: "'
launch "$work/with-java" --version
check "java is a link into a JDK: finds the JDK" '[ $code -eq 0 ] && silent && prints "hubswarm "'
mkdir "$work/shim"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$jdk/bin/java" >"$work/shim/java"
chmod +x "$work/shim/java"
launch "$work/shim" --version
check "java is a script that starts one: asks it" '[ $code -eq 0 ] && silent && prints "hubswarm "'

# ---- What it hands over
with_home "$work/jdk17" "" hello
check "no terminal: does not claim one" '[ $code -eq 0 ] && ! prints hubswarm.terminal'
JAVA_HOME=$work/jdk17 run script -qec "stty cols 123; '$hubswarm' hello" /dev/null
check "a terminal: says so, and how wide it is" 'prints -Dhubswarm.terminal=true && prints COLUMNS=123'
touch -- "$work/-Da=file"
HUBSWARM_JAVA_OPTS='-Da=* -XX:+UseParallelGC' with_home "$work/jdk17" "" hello
check "HUBSWARM_JAVA_OPTS reaches the JVM, and its collector wins" \
    'prints "-Da=* -XX:+UseParallelGC " && ! prints UseSerialGC'

# ---- From elsewhere
mkdir "$work/links"
ln -s "../a tree/hubswarm" "$work/links/one"
ln -s one "$work/links/two"
with_home "$work/jdk17" "" hello
cp "$work/out" "$work/direct"
run env JAVA_HOME="$work/jdk17" PATH="$work/links:$bare" two hello
check "through two symbolic links on PATH" '[ $code -eq 0 ] && silent && cmp -s "$work/out" "$work/direct"'
cd "$top/cli/src" || exit 1
run env JAVA_HOME="$work/jdk17" sh ../../hubswarm hello
check "by a relative path from a folder below" '[ $code -eq 0 ] && silent && cmp -s "$work/out" "$work/direct"'
cd "$work" || exit 1

# ---- When it builds
stub=$work/with-mvn
# start: with builds counted from here.
start() {
    : >"$work/mvn-calls"
    with_home "$work/jdk17" "$stub" hello
}
start
check "nothing changed: does not build" '[ $code -eq 0 ] && silent && builds 0'
source=base/src/main/java/dev/hubswarm/base/UserError.java
touch "$top/$source"
start
check "a source touched: builds and names it" \
    '[ $code -eq 0 ] && builds 1 && says "$source has changed" && prints "jdk17 ran: "'
start
check "once only" '[ $code -eq 0 ] && silent && builds 0'
touch "$top/cli/pom.xml"
start
check "a pom touched: builds" '[ $code -eq 0 ] && builds 1 && says "cli/pom.xml has changed"'
rm "$top/$source"
start
check "a source deleted: builds" \
    '[ $code -eq 0 ] && builds 1 && says "base/src/main/java/dev/hubswarm/base has changed"'
touch -d '+1 day' "$top/cli/pom.xml"
start
check "a source dated in the future: builds" '[ $code -eq 0 ] && builds 1 && says "cli/pom.xml has changed"'
start
check "but not for ever" '[ $code -eq 0 ] && silent && builds 0'
touch "$top/cli/pom.xml"
rm "$top/cli/target/hubswarm.jar"
STUB_SECONDS=1 start &
await_build
touch "$top/base/pom.xml"
wait $!
start
check "a source saved during a build: builds again" '[ $code -eq 0 ] && builds 1 && says "base/pom.xml has changed"'

lock=$top/target/hubswarm.lock
sleep 0 &
dead=$!
wait $dead
echo $dead >"$lock"
touch "$top/pom.xml"
start
check "a lock left by a dead process: takes it over" '[ $code -eq 0 ] && builds 1 && [ ! -e "$lock" ]'
touch "$top/pom.xml"
: >"$work/mvn-calls"
JAVA_HOME=$work/jdk17 PATH=$stub:$bare STUB_SECONDS=1 "$hubswarm" hello >"$work/out" 2>"$work/err" &
await_build
kill -TERM $!
wait $!
code=$?
check "stopped while building: leaves no lock and no half a jar" \
    '[ $code -eq 143 ] && [ ! -e "$lock" ] && [ ! -e "$top/cli/target/hubswarm.jar" ]'
start
check "and the next start builds" '[ $code -eq 0 ] && builds 1'

# ---- What it builds with
rm "$top/cli/target/hubswarm.jar"
with_home "$work/jre17" "$stub" hello
check "no jar and a Java without javac: says what is missing, exit code 1" \
    '[ $code -eq 1 ] && says "without the compiler javac" && says "Install one" && [ ! -s "$work/out" ]'
with_home "$work/jre17" "$stub:$work/jdk17/bin" hello
check "a Java without javac and a JDK on PATH: builds with the one, runs with the other" \
    '[ $code -eq 0 ] && prints "jre17 ran: " && tail -1 "$work/mvn-calls" | grep -qF "mvn $work/jdk17 "'
with_home "$work/jre17" "$stub" hello
check "a built jar and a Java without javac: runs" '[ $code -eq 0 ] && silent && prints "jre17 ran: "'
touch "$top/pom.xml"
with_home "$work/jre17" "$stub" hello
check "an old jar and a Java without javac: runs it and says that it is old" \
    '[ $code -eq 0 ] && says "Running cli/target/hubswarm.jar as it is: pom.xml has changed" && prints "jre17 ran: "'

cp "$top/mvnw" "$work/mvnw"
sed 's/^echo "mvn/echo "mvnw/' "$work/with-mvn/mvn" >"$top/mvnw"
chmod -x "$top/mvnw"
with_home "$work/jdk17" "" hello
check "no mvn on PATH: the wrapper builds" '[ $code -eq 0 ] && tail -1 "$work/mvn-calls" | grep -q "^mvnw "'
touch "$top/pom.xml"
with_home "$work/jdk17" "$work/old-mvn" hello
check "mvn older than 3.8.1: the wrapper builds" '[ $code -eq 0 ] && tail -1 "$work/mvn-calls" | grep -q "^mvnw "'
cp "$work/mvnw" "$top/mvnw"

echo "this is not Java" >"$top/$source"
run env JAVA_HOME="$jdk" PATH="$work/real:$PATH" "$hubswarm" hello
check "a build that fails: shows the compiler's message, exit code 1" \
    '[ $code -eq 1 ] && says "UserError.java:[1,1]" && says "The build failed" && [ ! -s "$work/out" ]'

# ---- A tree that may not be written
cp "$work/built.jar" "$top/cli/target/hubswarm.jar"
chmod -R a-w,a+rX "$top"
as_another=()
if [ "$(id -u)" -eq 0 ]; then as_another=(setpriv --reuid 65534 --regid 65534 --clear-groups); fi
run "${as_another[@]}" env JAVA_HOME="$jdk" PATH="$bare" HOME="$work" "$hubswarm" --version
check "a built jar in a read-only tree runs" '[ $code -eq 0 ] && silent && prints "hubswarm "'
chmod u+w "$top/pom.xml"
touch "$top/pom.xml"
run "${as_another[@]}" env JAVA_HOME="$jdk" PATH="$bare" HOME="$work" "$hubswarm" --version
check "an old jar in a read-only tree runs, and says that it is old" \
    '[ $code -eq 0 ] && says "pom.xml has changed, but this user may not write to" && prints "hubswarm "'
chmod u+w "$top/cli/target"
rm -f "$top/cli/target/hubswarm.jar"
run "${as_another[@]}" env JAVA_HOME="$jdk" PATH="$bare" HOME="$work" "$hubswarm" --version
check "no jar in a read-only tree: says so, exit code 1" '[ $code -eq 1 ] && says "this user may not write to"'

echo "launcher: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
