# shellcheck shell=bash disable=SC2154
# What ./run and ./test share: the packages, the builds, and one way to say things. Sourced by bash.
# REQUIRES: `root` is the folder of the sources.

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# Runs a command quietly; when it fails, shows the end of what it printed.
quietly() { # log file, command...
  local log=$1
  shift
  "$@" >"$log" 2>&1 && return
  local status=$?
  sed -E '/^\[[0-9]+\/[0-9]+\] /d' "$log" | tail -n 40 >&2
  say "failed: $*" "(all it printed: $log)"
  return "$status"
}

# The packages for a kind of work, one a line: `build`, or `test`, which builds too.
packages() { # build|test
  awk -v kind="$1" '!/^#/ && NF == 2 && ($1 == "build" || $1 == kind) { print $2 }' "$root/cmake/packages.txt"
}

# Installs the Debian packages that are missing. Elsewhere it says what is needed and lets the build find out.
install_packages() { # build|test
  local wanted missing=() name
  mapfile -t wanted < <(packages "$1")
  if ! command -v apt-get >/dev/null; then
    command -v cmake >/dev/null && command -v ninja >/dev/null && return
    fail "This is not Debian: install what matches these packages of Debian 12, then try again:
  ${wanted[*]}"
  fi
  local installed
  installed=$(sed -n '/^Package: /h; /^Status: install ok installed$/{g; s/^Package: //p}' /var/lib/dpkg/status)
  for name in "${wanted[@]}"; do
    grep -qxF -- "$name" <<<"$installed" || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "These Debian packages are missing, and there is no sudo to install them with:
  apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  mkdir -p "$root/build"
  quietly "$root/build/packages.log" "${as_root[@]}" apt-get update -qq || return
  quietly "$root/build/packages.log" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# Configures build/PRESET where it is not yet, or not yet with tests, and builds the targets. One build at a time in a folder.
build() { # preset, tests ON|OFF, targets...
  local preset=$1 tests=$2 folder="$root/build/$1"
  shift 2
  mkdir -p "$folder"
  (
    flock 9
    if [ ! -f "$folder/build.ninja" ] || { [ "$tests" = ON ] && grep -q '^DBOPS_TESTS:BOOL=OFF' "$folder/CMakeCache.txt"; }; then
      say "Configuring build/$preset"
      quietly "$folder/configure.log" cmake -S "$root" --preset "$preset" -DDBOPS_TESTS="$tests" || exit
    fi
    [ $# -eq 0 ] && exit 0
    ninja -C "$folder" -n "$@" 2>/dev/null | grep -q 'no work to do' && exit 0
    say "Building build/$preset: $([ $# -le 3 ] && echo "$*" || echo "$# targets")"
    if [ -t 1 ]; then
      NINJA_STATUS='[%f of %t] ' ninja -C "$folder" "$@"
    else
      quietly "$folder/build.log" ninja -C "$folder" "$@"
    fi
  ) 9>"$folder/.lock"
}
