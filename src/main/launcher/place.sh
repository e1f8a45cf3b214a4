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
#   PREFIX/lib/nodepass/.lock/         only while this works: what is not in place yet

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
  where=${1:-/}
  for directory in "$1/bin" "$1/lib/nodepass/licenses"; do
    while [ -n "$directory" ] && [ ! -e "$directory" ]; do
      directory=${directory%/*}
    done
    if [ ! -d "${directory:-/}" ]; then
      die "cannot install into $where: ${directory:-/} is no directory"
    elif [ ! -w "${directory:-/}" ]; then
      die "cannot install into $where: ${directory:-/} is not writable by $(id -un); become root, or name another directory with --prefix"
    fi
  done
  refuse_links "$1" "cannot install into $where"
  if there "$1/bin/nodepass" && ! is_our_launcher "$1/bin/nodepass"; then
    die "cannot install into $where: $1/bin/nodepass is another program; remove it, or name another directory with --prefix"
  fi
  for file in $FILES; do
    if [ "$file" != bin/nodepass ] && there "$1/$file" && [ ! -f "$1/lib/nodepass/installed" ]; then
      die "cannot install into $where: $1/$file is not of an installation; remove it, or name another directory with --prefix"
    fi
  done
}

there() { # also a symbolic link to nothing
  [ -e "$1" ] || [ -h "$1" ]
}

# PREFIX/lib may be a link, as /lib is on many systems, but the directories that are ours
# alone never are: a link in their place leads to somebody else's files.
refuse_links() { # prefix message
  for directory in "$1/lib/nodepass" "$1/lib/nodepass/licenses"; do
    [ ! -h "$directory" ] || die "$2: $directory is a symbolic link"
  done
}

# Makes a directory and those on the way to it; notes each in "made".
make_directory() {
  if [ -n "$1" ] && [ ! -d "$1" ]; then
    make_directory "${1%/*}" || return 1
    if mkdir "$1" 2>/dev/null; then
      made="${made}directory $1
"
    fi
    [ -d "$1" ]
  fi
}

# A new file under the old name, never the old one rewritten: a tunnel that runs keeps its own.
put() { # from to mode
  { cp "$1" "$stage/new" && publish new "$2" "$3"; } || die "cannot write $2"
}

publish() { # file-in-the-stage to mode
  chmod "$3" "$stage/$1" || return 1
  # mv would go through a link to a directory.
  if [ -h "$2" ]; then
    rm -f "$2" || return 1
  fi
  [ ! -d "$2" ] && mv -f "$stage/$1" "$2"
}

place() { # prefix jar; JAVA_HOME is what it will run on
  lib=$1/lib/nodepass
  umask 022
  made=
  lock "$lib" "cannot install into ${1:-/}"
  { make_directory "$1/bin" && make_directory "$lib/licenses"; } || die "cannot install into ${1:-/}"

  # Before anything is replaced: it may be another jar than the one that runs.
  case $("$JAVA_HOME/bin/java" -jar "$2" --version </dev/null 2>/dev/null) in
    "nodepass "*) ;;
    *) die "$2 is not NodePass's runnable jar; name the target/nodepass.jar of a build, or the nodepass jar of the classifier \"all\"" ;;
  esac

  # First, so that what an interrupted installation leaves can be taken away.
  {
    if [ -f "$lib/installed" ]; then
      grep '^directory ' "$lib/installed" || :
    fi
    printf '%s' "$made"
    printf '%s\n' "$FILES" | sed 's/^/file /'
  } >"$stage/installed"
  put "$stage/installed" "$lib/installed" 644
  # The archive is of the old jar, and of the old java perhaps.
  rm -f "$lib/nodepass.jsa"
  printf '%s\n' "$JAVA_HOME/bin/java" >"$stage/java"
  put "$stage/java" "$lib/java" 644
  put "$2" "$lib/nodepass.jar" 644
  put LICENSE "$lib/LICENSE" 644
  put "$LIBRARY_LICENCE" "$lib/licenses/bouncycastle.md" 644
  put "$LAUNCHER" "$1/bin/nodepass" 755

  NODEPASS_JAVA=$JAVA_HOME/bin/java
  export NODEPASS_JAVA
  # They are the user's for tunnels.
  unset NODEPASS_JAVA_OPTS
  version=$("$1/bin/nodepass" --version </dev/null) || die "$1/bin/nodepass does not start"
  make_archive "$1/bin/nodepass" "$lib" ||
    say "no class-data archive could be made: nodepass will start a little slower"
  say "installed $1/bin/nodepass: $version"
  case :$PATH: in
    *":$1/bin:"*) ;;
    *) say "$1/bin is not on the PATH" ;;
  esac
}

# ---- one at a time ---------------------------------------------------------

# The directory that is the lock holds all that is not in place yet, so that nobody else
# knows these names beforehand, and what is interrupted leaves nothing under others.
held=
# The last of our processes in the background that has ended.
ended=

lock() { # lib message
  stage=$1/.lock
  gone=
  ticks=100
  trap release EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 141' PIPE
  trap 'exit 143' TERM
  until make_directory "$1" && mkdir -m 700 "$stage" 2>/dev/null; do
    holder=$(cat "$stage/pid" 2>/dev/null) || holder=
    case $holder in
      *[!0-9]*) holder= ;;
    esac
    if ! there "$stage" && [ ! -w "$1" ]; then
      die "$2: $1 is not writable by $(id -un)"
    elif [ "$ticks" -le 0 ] || { [ -n "$holder" ] && [ "$holder" = "$gone" ]; }; then
      die "$2: $stage belongs to process ${holder:-(unknown)}, which installs or uninstalls there; if it no longer runs, remove $stage" 70
    fi
    # Only if it is still there at the next turn: it may just have come to its end.
    gone=
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
      gone=$holder
    elif [ "$ticks" -eq 100 ]; then
      say "waiting for process ${holder:-(unknown)}, which holds $stage"
    fi
    nap
  done
  held=yes
  echo $$ >"$stage/pid"
}

# Ends what runs in the background, and gives the lock back. $! is that process from the
# moment it is there; a variable of ours would be a moment later.
release() {
  trap '' HUP INT PIPE TERM
  if [ "${!:-}" != "$ended" ]; then
    kill -KILL "$!" 2>/dev/null || :
    wait "$!" 2>/dev/null || :
    ended=$!
  fi
  if [ -n "$held" ]; then
    rm -rf "$stage" || :
    held=
  fi
}

# A fifth of a second, where sleep knows fractions; takes it off "ticks".
nap() {
  if sleep 0.2 2>/dev/null; then
    ticks=$((ticks - 1))
  else
    sleep 1
    ticks=$((ticks - 5))
  fi
}

# ---- the class-data archive ------------------------------------------------

# Starts the launcher with the given URLs in the stage, waits until as many lines of its log
# hold the text, ends it. Fails when it ends by itself, or not, or when no "ticks" are left.
run_until() { # launcher text count url...
  command=$1
  text=$2
  count=$3
  shift 3
  : >"$stage/log"
  (cd "$stage" && exec "$command" "$@") >"$stage/log" 2>&1 </dev/null &
  while [ "$(grep -cF "$text" "$stage/log")" -lt "$count" ]; do
    if [ "$ticks" -le 0 ] || ! kill -0 "$!" 2>/dev/null; then
      count=none
      break
    fi
    nap
  done
  kill "$!" 2>/dev/null || :
  while [ "$ticks" -gt 0 ] && kill -0 "$!" 2>/dev/null; do
    nap
  done
  kill -KILL "$!" 2>/dev/null || :
  status=0
  wait "$!" || status=$?
  ended=$!
  [ "$status" -eq 0 ] && [ "$count" != none ]
}

# The archive holds the classes of a run in which two tunnels are built, the second one
# through the first, which has TLS. So all of it is there: both roles with and without a
# certificate, the pool, the relay, the shutdown.
make_archive() { # launcher lib
  # A minute for all of it.
  ticks=300
  any=server://127.0.0.1:0/127.0.0.1:0
  run_until "$1" 'server ready: ' 2 "$any" "$any" || return 1
  # Ports that were free a moment ago: tunnel and ingress of two servers.
  # shellcheck disable=SC2046
  set -- "$1" "$2" $(sed -n \
    's/.*server ready: tunnel [^ ]*:\([0-9]*\), ingress [^ ]*:\([0-9]*\),.*/\1 \2/p' "$stage/log")
  [ $# -eq 6 ] || return 1
  # The name without its directory: it would be split at a blank.
  NODEPASS_JAVA_OPTS=-XX:ArchiveClassesAtExit=nodepass.jsa
  export NODEPASS_JAVA_OPTS
  run_until "$1" 'client ready: ' 2 \
    "server://127.0.0.1:$3/127.0.0.1:$4?log=info&tls=1" \
    "client://127.0.0.1:$3/127.0.0.1:$5?min=2&max=4" \
    "server://127.0.0.1:$5/127.0.0.1:$6?log=info" \
    "client://127.0.0.1:$4/127.0.0.1:9?min=2&max=4" || return 1
  [ -s "$stage/nodepass.jsa" ] && publish nodepass.jsa "$2/nodepass.jsa" 644
}

# ---- uninstall -------------------------------------------------------------

# The list may be somebody else's, or edited: what it names is taken for names of files in
# our own two directories, and for directories on the way there, if empty. Nothing else.
take_away() { # prefix
  lib=$1/lib/nodepass
  if [ ! -f "$lib/installed" ] || [ ! -r "$lib/installed" ]; then
    say "nothing of NodePass for Java is installed in ${1:-/}"
    return
  fi
  refuse_links "$1" "cannot uninstall from ${1:-/}"
  for directory in "$lib" "$1/bin"; do
    if [ -e "$directory" ] && [ ! -w "$directory" ]; then
      die "cannot uninstall from ${1:-/}: $directory is not writable by $(id -un)"
    fi
  done
  lock "$lib" "cannot uninstall from ${1:-/}"
  list=$(cat "$lib/installed")
  printf '%s\n' "$list" | sed -n 's/^file //p' | while IFS= read -r file; do
    case $file in
      bin/nodepass)
        if is_our_launcher "$1/$file"; then
          remove "$1/$file"
        elif there "$1/$file"; then
          say "left $1/$file, which is another program"
        fi
        ;;
      # The last, so that whoever is interrupted can begin again.
      lib/nodepass/installed) ;;
      lib/nodepass/licenses/*) remove_from "$lib/licenses" "${file#lib/nodepass/licenses/}" ;;
      lib/nodepass/*) remove_from "$lib" "${file#lib/nodepass/}" ;;
    esac
  done
  remove "$lib/installed"
  directories=$(printf '%s\n' "$list" | sed -n 's/^directory //p' | LC_ALL=C sort -ru)
  # Under the lock those that an installation which waits for it will make again.
  for directory in "$lib/licenses" "$1/bin"; do
    if [ "$directory" != "$1/bin" ] || printf '%s\n' "$directories" | grep -qxF -e "$directory"; then
      remove_empty "$directory"
    fi
  done
  release
  remove_empty "$lib"
  # The innermost first; those that hold something else stay.
  printf '%s\n' "$directories" | while IFS= read -r directory; do
    case $1/ in
      "$directory"/*) remove_empty "$directory" ;;
      *) [ "$directory" != "$1/lib" ] || remove_empty "$directory" ;;
    esac
  done
}

remove_from() { # directory name
  case $2 in
    '' | . | .. | .lock | */*) ;;
    *) remove "$1/$2" ;;
  esac
}

remove() {
  if [ -d "$1" ] && [ ! -h "$1" ]; then
    say "left $1, which is a directory"
  elif there "$1"; then
    rm -f "$1" || die "cannot remove $1"
    say "removed $1"
  fi
}

remove_empty() {
  if [ -n "$1" ] && [ -d "$1" ] && [ ! -h "$1" ]; then
    if rmdir "$1" 2>/dev/null; then
      say "removed $1"
    else
      say "left $1, which is not empty"
    fi
  fi
}
