#!/usr/bin/env bash
# Two servers with TimescaleDB for the tests, on free ports of 127.0.0.1, in a folder of their own.
#
#   tests/servers/timescaledb.sh start DIR   starts them in DIR, which must not exist, and prints how to reach them, one NAME=VALUE a line
#   tests/servers/timescaledb.sh stop DIR    stops them and removes DIR; fine where there is nothing to stop
#
#   DBOPS_TEST_TIMESCALEDB, ..._TLS   PostgreSQL 17 with TimescaleDB's Apache edition and pgvector: Debian 13's packages
#   DBOPS_TEST_TIMESCALEDB_TSL        TimescaleDB with all of its features, in PGlite (PostgreSQL compiled to WebAssembly, by npm):
#                                     one connection at a time, no TLS, any password, nothing runs by itself
#
# A server that can't be had here is named on stderr, and its line is missing; exit status 3 where neither can be had.
# What is installed stands in the user's cache folder. Works as root and as a user.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/servers/ending.sh
. "$here/ending.sh"
programs=usr/lib/postgresql/17/bin

fail() { printf '%s\n' "$*" >&2; exit 1; }

# The folder that Debian's packages stand in. As root the server is another user, who can't reach root's cache: a copy in DIR.
installed() { # DIR
  local home
  home=$("$here/debian13.sh" postgresql-17 postgresql-17-timescaledb postgresql-17-pgvector) || return
  if [ "$(id -u)" -eq 0 ]; then
    cp -a "$home" "$1/root" && home=$1/root
  fi
  echo "$home"
}

start_apache() { # DIR
  local dir=$1 root url line
  root=$(installed "$dir") || return
  POSTGRES_BIN=$root/$programs POSTGRES_PRELOAD='timescaledb,pg_stat_statements' "$here/postgres.sh" start "$dir/apache" >"$dir/lines" || return
  url=$(sed -n 's/^DBOPS_TEST_PG=//p' "$dir/lines")
  psql -q -v ON_ERROR_STOP=1 "$url" -c "ALTER SYSTEM SET timescaledb.telemetry_level = off" -c 'SELECT pg_reload_conf()' \
    -c 'CREATE EXTENSION timescaledb' -c 'CREATE EXTENSION vector' >"$dir/psql.log" 2>&1 || { cat "$dir/psql.log" >&2; return 1; }
  while read -r line; do
    line=${line/DBOPS_TEST_PG/DBOPS_TEST_TIMESCALEDB}
    echo "${line/postgresql:/timescaledb:}"
  done <"$dir/lines"
  echo "DBOPS_TEST_PGVECTOR=$url"
}

start_tsl() { # DIR
  local dir=$1 home deadline
  home=$("$here/pglite/install") || return
  "$home/node" "$home/serve.mjs" "$dir/pglite.port" >"$dir/pglite.log" 2>&1 &
  echo $! >"$dir/pglite.pid"
  deadline=$((SECONDS + 90))
  until [ -s "$dir/pglite.port" ]; do
    if ! kill -0 "$!" 2>/dev/null || [ $SECONDS -ge $deadline ]; then
      tail -n 20 "$dir/pglite.log" >&2
      return 1
    fi
    sleep 0.05
  done
  echo "DBOPS_TEST_TIMESCALEDB_TSL=timescaledb://postgres:any@127.0.0.1:$(<"$dir/pglite.port")/postgres?sslmode=disable"
}

# A server that can't be had is no failure, but said by a line "VARIABLE: why"; one that can be and does not start is.
try() { # VARIABLE FUNCTION DIR
  local status=0 variable=$1
  shift
  "$@" 2>"$2/why" || status=$?
  cat "$2/why" >&2
  [ $status -ne 3 ] || { echo "$variable: $(tail -n 1 "$2/why")" >&2; missing=$((missing + 1)); return 0; }
  return $status
}

start() { # DIR
  local dir=$1 missing=0
  [ ! -e "$dir" ] || fail "$dir is there already: 'tests/servers/timescaledb.sh stop $dir' removes it"
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  chmod 755 "$dir"
  made=$dir
  trap '[ $? -eq 0 ] || stop "$made"' EXIT
  try DBOPS_TEST_TIMESCALEDB start_apache "$dir"
  try DBOPS_TEST_TIMESCALEDB_TSL start_tsl "$dir"
  [ $missing -lt 2 ] || exit 3
}

stop() { # DIR
  local dir=$1
  end_servers TERM "$dir/pglite.pid"
  "$here/postgres.sh" stop "$dir/apache"
  rm -rf -- "$dir"
}

case "${1:-} ${2:+DIR}" in
  'start DIR') start "$2" ;;
  'stop DIR') stop "$2" ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
