# shellcheck shell=sh
# A part of install.sh, which reads it: puts a built jar, its licences, the launcher and a
# class-data archive under a prefix, and takes them away again.
#
#   PREFIX/bin/nodepass                the launcher
#   PREFIX/lib/nodepass/nodepass.jar   the program
#   PREFIX/lib/nodepass/nodepass.jsa   its class-data archive, which fits one java alone
#   PREFIX/lib/nodepass/java           which java that is
#   PREFIX/lib/nodepass/LICENSE, licenses/
#   PREFIX/lib/nodepass/installed      what to take away: "file" and a path from the
#                                      prefix, "directory" and an absolute path

LAUNCHER=src/main/launcher/nodepass
LAUNCHER_MARK='# NodePass for Java, the launcher'
LIBRARY_LICENCE=src/main/resources/META-INF/licenses/bouncycastle.md
FILES='bin/nodepass
lib/nodepass/nodepass.jar
lib/nodepass/nodepass.jsa
lib/nodepass/java
lib/nodepass/LICENSE
lib/nodepass/licenses/bouncycastle.md
lib/nodepass/installed'

default_prefix() {
  if [ "$(id -u)" -eq 0 ]; then
    echo /usr/local
  elif [ -n "${HOME:-}" ]; then
    echo "$HOME/.local"
  else
    die "HOME is not set: name a directory with --prefix" 64
  fi
}

is_our_launcher() {
  sed -n 2p "$1" 2>/dev/null | grep -qF "$LAUNCHER_MARK"
}

# ---- install ---------------------------------------------------------------

# Before anything is built: what cannot work is said at once, by name.
check_prefix() { # prefix
  for directory in "$1/bin" "$1/lib/nodepass/licenses"; do
    while [ -n "$directory" ] && [ ! -e "$directory" ]; do
      directory=${directory%/*}
    done
    if [ ! -d "${directory:-/}" ]; then
      die "cannot install into $1: ${directory:-/} is no directory"
    elif [ ! -w "${directory:-/}" ]; then
      die "cannot install into $1: ${directory:-/} is not writable by $(id -un); become root, or name another directory with --prefix"
    fi
  done
  if [ -e "$1/bin/nodepass" ] && ! is_our_launcher "$1/bin/nodepass"; then
    die "cannot install into $1: $1/bin/nodepass is another program; remove it, or name another directory with --prefix"
  fi
  for file in $FILES; do
    if [ "$file" != bin/nodepass ] && [ -e "$1/$file" ] && [ ! -e "$1/lib/nodepass/installed" ]; then
      die "cannot install into $1: $1/$file is not of an installation; remove it, or name another directory with --prefix"
    fi
  done
}

# Makes a directory and those on the way to it; notes each in $work/made.
make_directory() {
  if [ -n "$1" ] && [ ! -d "$1" ]; then
    make_directory "${1%/*}" && mkdir "$1" && printf 'directory %s\n' "$1" >>"$work/made"
  fi
}

# A new file under the old name, never the old one rewritten: a tunnel that runs keeps its own.
put() { # from to mode
  { cp "$1" "$2.new" && chmod "$3" "$2.new" && mv -f "$2.new" "$2"; } || die "cannot write $2"
}

place() { # prefix jar; JAVA_HOME is what it will run on
  lib=$1/lib/nodepass
  umask 022
  work=$(mktemp -d)
  trap 'rm -rf "$work"; rm -f "$lib"/*.new "$lib"/licenses/*.new' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  : >"$work/made"
  if [ -r "$lib/installed" ]; then
    grep '^directory ' "$lib/installed" >"$work/made" || :
  fi
  { make_directory "$1/bin" && make_directory "$lib/licenses"; } || die "cannot install into $1"

  # First, so that what an interrupted installation leaves can be taken away.
  { cat "$work/made" && printf '%s\n' "$FILES" | sed 's/^/file /'; } >"$work/installed"
  put "$work/installed" "$lib/installed" 644
  # The archive is of the old jar, and of the old java perhaps.
  rm -f "$lib/nodepass.jsa"
  printf '%s\n' "$JAVA_HOME/bin/java" >"$work/java"
  put "$work/java" "$lib/java" 644
  put "$2" "$lib/nodepass.jar" 644
  put LICENSE "$lib/LICENSE" 644
  put "$LIBRARY_LICENCE" "$lib/licenses/bouncycastle.md" 644
  put "$LAUNCHER" "$1/bin/nodepass" 755

  NODEPASS_JAVA=$JAVA_HOME/bin/java
  export NODEPASS_JAVA
  version=$("$1/bin/nodepass" --version </dev/null) || die "$1/bin/nodepass does not start"
  make_archive "$1/bin/nodepass" "$lib" ||
    say "no class-data archive could be made: nodepass will start a little slower"
  say "installed $1/bin/nodepass: $version"
  case :$PATH: in
    *":$1/bin:"*) ;;
    *) say "$1/bin is not on the PATH" ;;
  esac
}

# ---- the class-data archive ------------------------------------------------

# Waits until a file has so many lines with a text; fails when the process ends first, or
# after half a minute.
await_lines() { # file text count pid
  turns=150
  while [ "$(grep -cF "$2" "$1")" -lt "$3" ]; do
    turns=$((turns - 1))
    if [ "$turns" -eq 0 ] || ! kill -0 "$4" 2>/dev/null; then
      return 1
    fi
    sleep 0.2 2>/dev/null || sleep 1
  done
}

# Starts the launcher with the given URLs, waits for a line, ends it. Its output is in
# $work/log.
run_until() { # launcher text count url...
  command=$1
  text=$2
  count=$3
  shift 3
  : >"$work/log"
  "$command" "$@" >"$work/log" 2>&1 </dev/null &
  pid=$!
  reached=0
  await_lines "$work/log" "$text" "$count" "$pid" || reached=1
  kill "$pid" 2>/dev/null
  wait "$pid" && [ "$reached" -eq 0 ]
}

# The archive holds the classes of a run in which two tunnels are built, the second one
# through the first, which has TLS. So all of it is there: both roles with and without a
# certificate, the pool, the relay, the shutdown.
make_archive() { # launcher lib
  any=server://127.0.0.1:0/127.0.0.1:0
  run_until "$1" 'server ready: ' 2 "$any" "$any" || return 1
  # Ports that were free a moment ago: tunnel and ingress of two servers.
  # shellcheck disable=SC2046
  set -- "$1" "$2" $(sed -n \
    's/.*server ready: tunnel [^ ]*:\([0-9]*\), ingress [^ ]*:\([0-9]*\),.*/\1 \2/p' "$work/log")
  [ $# -eq 6 ] || return 1
  # The name without its directory: NODEPASS_JAVA_OPTS would be split at a blank.
  (
    cd "$2" || exit 1
    NODEPASS_JAVA_OPTS=-XX:ArchiveClassesAtExit=nodepass.jsa.new
    export NODEPASS_JAVA_OPTS
    run_until "$1" 'client ready: ' 2 \
      "server://127.0.0.1:$3/127.0.0.1:$4?log=info&tls=1" \
      "client://127.0.0.1:$3/127.0.0.1:$5?min=2&max=4" \
      "server://127.0.0.1:$5/127.0.0.1:$6?log=info" \
      "client://127.0.0.1:$4/127.0.0.1:9?min=2&max=4"
  ) || return 1
  [ -s "$2/nodepass.jsa.new" ] && chmod 644 "$2/nodepass.jsa.new" &&
    mv -f "$2/nodepass.jsa.new" "$2/nodepass.jsa"
}

# ---- uninstall -------------------------------------------------------------

take_away() { # prefix
  lib=$1/lib/nodepass
  if [ ! -r "$lib/installed" ]; then
    say "nothing of NodePass for Java is installed in $1"
    return
  fi
  for directory in "$lib" "$1/bin"; do
    if [ -e "$directory" ] && [ ! -w "$directory" ]; then
      die "cannot uninstall from $1: $directory is not writable by $(id -un)"
    fi
  done
  list=$(cat "$lib/installed")
  printf '%s\n' "$list" | sed -n 's/^file //p' | while read -r file; do
    case $file in
      *..*) ;;
      bin/nodepass)
        if is_our_launcher "$1/$file"; then
          remove "$1/$file"
        elif [ -e "$1/$file" ]; then
          say "left $1/$file, which is another program"
        fi
        ;;
      lib/nodepass/*) remove "$1/$file" ;;
    esac
  done
  # The innermost first; those that hold something else stay.
  { printf '%s\n' "$list" | sed -n 's/^directory //p' && printf '%s\n' "$lib" "$lib/licenses"; } |
    sort -ru | while read -r directory; do
    case $1/bin/:$lib/licenses/ in
      "$directory"/* | *:"$directory"/*)
        if [ -d "$directory" ]; then
          if rmdir "$directory" 2>/dev/null; then
            say "removed $directory"
          else
            say "left $directory, which is not empty"
          fi
        fi
        ;;
    esac
  done
}

remove() {
  if [ -e "$1" ]; then
    rm -f "$1" || die "cannot remove $1"
    say "removed $1"
  fi
}
