#!/bin/sh
# Builds NodePass, runs its demo or its tests, puts it in place or takes it away. What is
# missing for that (a JDK, Maven, the programs that the tests talk to) is installed by the
# system's own package manager. Works from any directory, without a terminal.
set -eu

MIN_JAVA=17

usage() {
  cat <<'END'
usage: ./install.sh <word> [option ...]

  demo        build, then carry a page through a tunnel on this machine
  test        build, then run the whole test suite
  test-slow   build, then run the tests tagged "slow"
  build       build target/nodepass.jar without running tests
  install     build, then put the program under a prefix, or bring it up to date there
  uninstall   take away what "install" put there, and nothing else
  help        this text

"install" and "uninstall" take --prefix DIR; it is /usr/local for root, ~/.local for
others. "install" takes --jar FILE as well: a jar that is built already; then any Java
runtime will do. DIR/bin/nodepass runs the program.

A JDK 17 or newer is taken from JAVA_HOME, the PATH or the usual directories.
What is missing is installed by apt-get, dnf, apk, pacman, zypper or brew, as root
or by sudo. NODEPASS_NO_INSTALL=1 only names what is missing.
END
}

say() {
  printf '%s\n' "install.sh: $*" >&2
}

die() {
  say "$1"
  exit "${2:-1}"
}

# One row for each program (or header): its name on the PATH, then its package by manager.
# "a|b" is the first of them that the manager knows, "%" stands for a release of the
# JDK, "-" is not to be had there. The rows above the blank one are for building,
# those below it for the tests.
table() {
  cat <<'END'
program       apt-get                 dnf                        apk                  pacman             zypper                     brew
javac         openjdk-%-jdk-headless  java-%-openjdk-devel       openjdk%-jdk         jdk%-openjdk       java-%-openjdk-devel       openjdk@%
mvn           maven                   maven                      maven                maven              maven                      maven

bash          bash                    bash                       bash                 bash               bash                       bash
redis-server  redis-server            redis|valkey-compat-redis  redis|valkey-compat  redis|valkey       redis|valkey-compat-redis  redis
nginx         nginx-light|nginx       nginx                      nginx                nginx              nginx                      nginx
iperf3        iperf3                  iperf3                     iperf3               iperf3             iperf                      iperf3
curl          curl                    curl                       curl                 curl               curl                       curl
openssl       openssl                 openssl                    openssl              openssl            openssl                    openssl@3
go            golang-go|golang        golang                     go                   go                 go                         go
ip            iproute2                iproute                    iproute2             iproute2           iproute2                   -
cc            gcc                     gcc                        build-base           gcc                gcc                        -
if_tun.h      libc6-dev               glibc-devel                linux-headers        linux-api-headers  glibc-devel                -
END
}

programs_for() {
  case $1 in
    build) table | sed '1d; /^$/,$d' ;;
    test) table | sed '1d; /^$/d' ;;
  esac | awk '{ print $1 }'
}

package_of() { # program manager -> the cell of the table
  table | awk -v program="$1" -v manager="$2" '
    NR == 1 { for (i = 2; i <= NF; i++) if ($i == manager) column = i }
    $1 == program { print $column }'
}

# ---- the JDK ---------------------------------------------------------------

# The feature release of the Java runtime in a directory; 0 for anything else.
java_release() {
  version=
  if [ -x "$1/bin/java" ]; then
    if [ -r "$1/release" ]; then
      version=$(sed -n 's/^JAVA_VERSION="\([^"]*\)".*/\1/p' "$1/release")
    fi
    if [ -z "$version" ]; then
      version=$("$1/bin/java" -version 2>&1 | sed -n 's/^[^"]* version "\([^"]*\)".*/\1/p')
    fi
  fi
  version=${version#1.}
  version=${version%%[!0-9]*}
  echo "${version:-0}"
}

# The same of a JDK; 0 for a runtime without a compiler.
jdk_release() {
  if [ -x "$1/bin/javac" ]; then
    java_release "$1"
  else
    echo 0
  fi
}

java_on_path() {
  command -v java >/dev/null 2>&1 || return 0
  java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p'
}

# Sets JAVA_HOME to a JDK that will do, or fails.
find_jdk() {
  find_home jdk_release JDK
}

find_home() { # jdk_release or java_release, and what that is called
  if [ -n "${JAVA_HOME:-}" ]; then
    if [ "$("$1" "$JAVA_HOME")" -ge "$MIN_JAVA" ]; then
      return 0
    fi
    say "JAVA_HOME ($JAVA_HOME) is no $2 $MIN_JAVA or newer; looking for another"
    JAVA_HOME=
  fi
  for home in "$(java_on_path)" \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk* /usr/local/opt/openjdk*; do
    if [ -n "$home" ] && [ "$("$1" "$home")" -ge "$MIN_JAVA" ]; then
      JAVA_HOME=$home
      export JAVA_HOME
      return 0
    fi
  done
  return 1
}

# ---- packages --------------------------------------------------------------

here() { # is this program of the table here?
  case $1 in
    javac) find_jdk ;;
    # BusyBox has an ip of its own, which knows no network namespaces.
    ip) command -v ip >/dev/null 2>&1 && ip -V 2>&1 | grep -q iproute2 ;;
    # No program but what a compiler needs, which comes apart from it: the C library's
    # headers and the kernel's.
    if_tun.h) printf '#include <stdio.h>\n#include <linux/if_tun.h>\n' |
      cc -E -x c - >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

missing_for() {
  for program in $(programs_for "$1"); do
    here "$program" 2>/dev/null || echo "$program"
  done
}

package_manager() {
  for manager in apt-get dnf apk pacman zypper brew; do
    if command -v "$manager" >/dev/null 2>&1; then
      echo "$manager"
      return 0
    fi
  done
  return 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif ! command -v sudo >/dev/null 2>&1; then
    die "this needs root, or sudo: $*"
  elif (: </dev/tty) 2>/dev/null; then
    sudo "$@"
  else
    sudo -n "$@" || die "sudo could not do it without a terminal: $*"
  fi
}

known() { # manager package -> does the manager know the package?
  case $1 in
    apt-get) apt-cache show "$2" ;;
    dnf) dnf -q info "$2" ;;
    apk) apk search -e "$2" | grep . ;;
    pacman) pacman -Si "$2" ;;
    zypper) zypper -n -q search --match-exact "$2" ;;
    brew) brew info "$2" ;;
  esac >/dev/null 2>&1
}

candidates() { # cell -> one package a line
  echo "$1" | tr '|' '\n' | while read -r name; do
    case $name in
      *%*) for release in 17 21 25; do echo "${name%%%*}$release${name#*%}"; done ;;
      *) echo "$name" ;;
    esac
  done
}

# The first package of a cell that is known, the first of all when none is: the
# manager's own message is then the best one.
choose() { # manager cell
  for candidate in $(candidates "$2"); do
    if known "$1" "$candidate"; then
      echo "$candidate"
      return 0
    fi
  done
  candidates "$2" | head -n 1
}

refresh() { # a failure is no reason to stop: the lists that are there may do
  case $1 in
    apt-get) as_root apt-get -q update ;;
    apk) as_root apk update ;;
    pacman) as_root pacman -Sy --noconfirm ;;
    zypper) as_root zypper -n refresh ;;
  esac || say "$1 could not refresh its package lists; going on with the old ones"
}

# Debian's nginx and redis-server start themselves when they are installed and at
# every boot. The tests run instances of their own, so this keeps both quiet: a
# policy-rc.d (Debian's own switch for this) while apt works, then "disable" for
# those that were not here before. A service that was already here is left alone.
POLICY=/usr/sbin/policy-rc.d

drop_policy() {
  as_root rm -f "$POLICY"
}

apt_install() {
  fresh=
  for service in nginx redis-server; do
    [ -e "/etc/init.d/$service" ] || fresh="$fresh $service"
  done
  if [ -n "$fresh" ] && [ ! -e "$POLICY" ]; then
    trap drop_policy EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
  fi
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y --no-install-recommends install "$@" </dev/null || return 1
  for service in $fresh; do
    if [ -e "/etc/init.d/$service" ] && command -v update-rc.d >/dev/null 2>&1; then
      as_root update-rc.d "$service" disable >/dev/null || :
    fi
  done
}

install_packages() { # manager package...
  manager=$1
  shift
  case $manager in
    # In a subshell, so that its traps end with it.
    apt-get) (apt_install "$@") ;;
    dnf) as_root dnf -y install "$@" ;;
    apk) as_root apk add "$@" ;;
    pacman) as_root pacman -S --needed --noconfirm "$@" ;;
    zypper) as_root zypper -n install "$@" ;;
    brew) brew install "$@" ;;
  esac
}

require() { # "build" or "test"
  missing=$(missing_for "$1")
  if [ -n "$missing" ]; then
    missing=$(echo "$missing" | tr '\n' ' ')
    if [ -n "${NODEPASS_NO_INSTALL:-}" ]; then
      die "missing: $missing"
    fi
    manager=$(package_manager) || die "missing: ${missing}- and no apt-get, dnf, apk, pacman, zypper or brew here; install them by hand"
    say "missing: ${missing}- asking $manager for them"
    refresh "$manager"
    packages=
    for program in $missing; do
      cell=$(package_of "$program" "$manager")
      if [ "$cell" = - ]; then
        say "$manager has no $program; going on without it"
      else
        packages="$packages $(choose "$manager" "$cell")"
      fi
    done
    if [ -n "$packages" ]; then
      # Package names hold no spaces: the words are wanted apart.
      # shellcheck disable=SC2086
      install_packages "$manager" $packages || die "$manager could not install:$packages"
    fi
    for program in $missing; do
      cell=$(package_of "$program" "$manager")
      if [ "$cell" != - ] && ! here "$program" 2>/dev/null; then
        die "$program is still missing after $manager installed:$packages"
      fi
    done
  fi
  find_jdk || die "no JDK $MIN_JAVA or newer"
  export JAVA_HOME
  say "using the JDK $(jdk_release "$JAVA_HOME") in $JAVA_HOME"
}

# ---- what is asked for -----------------------------------------------------

# Always from clean: classes of another JDK or of a deleted source are no evidence.
maven() {
  mvn -B -ntp "$@" </dev/null
}

build() {
  maven clean package -DskipTests
}

# The absolute path of a file or directory that need not be there; empty for the root.
absolute() {
  path=$1
  case $path in
    /*) ;;
    *) path=$caller/$path ;;
  esac
  rest=
  while [ -n "$path" ] && [ ! -d "$path" ]; do
    case ${path##*/} in
      '') ;;
      . | ..) die "there is no directory $path" ;;
      *) rest=/${path##*/}$rest ;;
    esac
    path=${path%/*}
  done
  # The shell's own way takes "..", "." and "//" out of it.
  path=$(CDPATH='' cd -- "${path:-/}" && pwd) || die "cannot enter ${path:-/}"
  # But two in front may stay.
  printf '%s\n' "${path%/}$rest" | sed 's,^//*,/,; s,/$,,'
}

# Sets prefix and jar.
options() { # word option...
  word=$1
  prefix=
  jar=
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      --prefix=* | --jar=*)
        name=${1%%=*}
        value=${1#*=}
        shift
        ;;
      --prefix | --jar)
        name=$1
        value=${2:-}
        shift
        [ $# -eq 0 ] || shift
        ;;
      *) misused "$word does not take \"$1\"" ;;
    esac
    [ -n "$value" ] || misused "$name needs a value"
    case $word$name in
      *--prefix) prefix=$value ;;
      install--jar) jar=$value ;;
      *) misused "$word does not take $name" ;;
    esac
  done
  [ -n "$prefix" ] || prefix=$(default_prefix) || exit
  case $prefix$jar in
    # The list of what is installed has lines.
    *"
"*) die "a name with a line break cannot be" 64 ;;
  esac
  prefix=$(absolute "$prefix") || exit
}

misused() {
  say "$1"
  usage >&2
  exit 64
}

install_program() {
  check_prefix "$prefix"
  if [ -n "$jar" ]; then
    jar=$(absolute "$jar")
    [ -r "$jar" ] || die "cannot read $jar"
    find_home java_release "Java" || die "no Java $MIN_JAVA or newer"
    say "using the Java $(java_release "$JAVA_HOME") in $JAVA_HOME"
  else
    require build
    build
    jar=target/nodepass.jar
  fi
  JAVA_HOME=$(CDPATH='' cd -- "$JAVA_HOME" && pwd)
  place "$prefix" "$jar"
}

main() {
  # Debian keeps nginx and ip where only root's PATH looks.
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
  export PATH
  caller=$(pwd)
  root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
  cd -- "$root"
  case ${1:-} in
    install | uninstall)
      . ./src/main/launcher/place.sh
      options "$@"
      ;;
    *)
      if [ $# -ne 1 ]; then
        [ $# -eq 0 ] || say "one word is expected, not $#"
        usage >&2
        exit 64
      fi
      ;;
  esac
  case $1 in
    help | -h | --help) usage ;;
    build)
      require build
      build
      ;;
    demo)
      require build
      build
      exec "$JAVA_HOME/bin/java" -jar target/nodepass.jar demo
      ;;
    test)
      require test
      maven clean verify
      ;;
    test-slow)
      require test
      maven clean verify -Dincluded.tags=slow -Dexcluded.tags=
      # The directory is only made when a test has run.
      ls target/*-reports/TEST-*.xml >/dev/null 2>&1 || say "no test is tagged \"slow\""
      ;;
    install) install_program ;;
    uninstall) take_away "$prefix" ;;
    *)
      say "unknown word \"$1\"; there are: demo, test, test-slow, build, install, uninstall, help"
      exit 64
      ;;
  esac
}

main "$@"
