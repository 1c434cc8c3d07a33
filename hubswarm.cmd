@echo off
rem Runs hubswarm from a checkout. Builds it first when cli\target\hubswarm.jar is missing or, in a git checkout, older
rem than its sources. The same program without this script: java -jar cli\target\hubswarm.jar
rem
rem   JAVA_HOME            the JDK to use, if it is 17 or newer; else the first java on PATH
rem   HUBSWARM_JAVA_OPTS   more options for the JVM, separated by spaces
setlocal DisableDelayedExpansion
set "root=%~dp0"
set "jar=%root%cli\target\hubswarm.jar"
set "home="
set "rejected="

if not defined JAVA_HOME goto path
call :try "%JAVA_HOME%"
if defined home goto found
set "rejected=JAVA_HOME (%JAVA_HOME%) is no Java of version 17 or newer."

:path
for %%j in (java.exe) do if not "%%~$PATH:j"=="" for %%h in ("%%~dp$PATH:j..") do call :try "%%~fh"
if defined home goto fallback
rem A stand-in, such as the one in javapath, lies in no JDK: ask it where its JDK is.
for /f "tokens=2 delims==" %%h in ('java -XshowSettings:properties -version 2^>^&1 ^| findstr /c:"java.home ="') do (
    for /f "tokens=*" %%t in ("%%h") do call :try "%%t"
)
if defined home goto fallback
if defined rejected echo hubswarm: %rejected% 1>&2
echo hubswarm: Java 17 or newer is needed. Install a JDK (adoptium.net) or set JAVA_HOME to one. 1>&2
exit /b 1

:fallback
if defined rejected echo hubswarm: %rejected% Using %home% from PATH. 1>&2

:found
set "reason="
if not exist "%jar%" set "reason=there is no cli\target\hubswarm.jar yet"
if defined reason goto build
if not exist "%root%.git" goto run
powershell -NoProfile -Command "Set-Location -LiteralPath $env:root; $t = (Get-Item cli/target/hubswarm.jar).LastWriteTimeUtc; $s = @(Get-Item pom.xml, */pom.xml, */src/main) + @(Get-ChildItem */src/main -Recurse); if ($s | Where-Object { $_.LastWriteTimeUtc -gt $t }) { exit 3 }" >nul 2>&1
if errorlevel 3 set "reason=the sources have changed"
if not defined reason goto run

:build
if exist "%home%\bin\javac.exe" goto maven
echo hubswarm: Building is needed, because %reason%, but %home% has no javac: it is a runtime only. Install a JDK. 1>&2
exit /b 1
:maven
if not exist "%root%target" mkdir "%root%target"
echo hubswarm: Building, because %reason% (10 s; the first time it fetches libraries, too). 1>&2
pushd "%root%"
set "saved=%JAVA_HOME%"
set "JAVA_HOME=%home%"
call mvnw.cmd -B -q package -Dquick -pl cli -am >target\hubswarm-build.log 2>&1
set "status=%errorlevel%"
set "JAVA_HOME=%saved%"
popd
if not "%status%"=="0" goto failed
if not exist "%jar%" goto failed
rem The plugin has just written the jar, so it is newer than every source.
goto run
:failed
type "%root%target\hubswarm-build.log" 1>&2
echo hubswarm: The build failed. 1>&2
exit /b 1

:run
"%home%\bin\java.exe" -XX:+UseSerialGC -Xms16m -Xmx512m %HUBSWARM_JAVA_OPTS% -jar "%jar%" %*
exit /b %errorlevel%

rem :try HOME: sets home if that is a Java of version 17 or newer.
:try
if defined home exit /b
if not exist "%~1\bin\java.exe" exit /b
if not exist "%~1\release" exit /b
for /f "tokens=2 delims==" %%v in ('findstr /b /c:"JAVA_VERSION=" "%~1\release"') do (
    for /f "tokens=1 delims=._-+" %%m in ("%%~v") do if %%m geq 17 set "home=%~1"
)
exit /b
