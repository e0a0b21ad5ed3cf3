#!/usr/bin/env bash
# A PostgreSQL server of its own for the tests: plain and over TLS on one free port of 127.0.0.1, in a folder of its own.
#
#   tests/servers/postgres.sh start DIR   starts it in DIR, which must not exist, and prints how to reach it, one NAME=VALUE a line
#   tests/servers/postgres.sh stop DIR    stops it and removes DIR; fine where there is nothing to stop
#
# POSTGRES_BIN: the folder of the server's programs, where it is not Debian's. POSTGRES_PRELOAD: what it loads at its start.
#
# Works as root (the server then runs as the user postgres, so every folder above DIR must be open to it) and as a user.
# DIR must be short: the server's socket stands in it, and the path of a socket holds 107 bytes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/servers/ending.sh
. "$here/ending.sh"

# Debian's newest, else the one on the PATH.
bin=${POSTGRES_BIN:-$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)}
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || echo /missing/initdb)")

fail() { printf '%s\n' "$*" >&2; exit 1; }

# As the user the server runs as: PostgreSQL refuses root.
as_server() {
  if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# A certificate authority, and a certificate of the server for 127.0.0.1 and localhost.
make_certificates() { # DIR
  (
    cd "$1"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=dbops test authority' \
      -keyout ca.key -out ca.crt
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=127.0.0.1' -keyout server.key -out server.csr
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out server.crt \
      -extfile <(echo 'subjectAltName=IP:127.0.0.1,DNS:localhost')
  ) >"$1/openssl.log" 2>&1 || { cat "$1/openssl.log" >&2; return 1; }
  chmod 600 "$1/server.key" "$1/ca.key"
}

free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + RANDOM % 12000))  # below the range that the kernel takes ports for clients from
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  fail "no free port was found on 127.0.0.1"
}

start() { # DIR
  local dir=$1 port password
  [ -x "$bin/initdb" ] || fail "PostgreSQL's server is missing: apt-get install postgresql-15"
  [ ! -e "$dir" ] || fail "$dir is there already: 'tests/servers/postgres.sh stop $dir' removes it"
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  made=$dir
  trap '[ $? -eq 0 ] || stop "$made"' EXIT
  chmod 755 "$dir"
  password=$(openssl rand -hex 12)
  printf '%s' "$password" >"$dir/password"
  make_certificates "$dir"
  mkdir "$dir/socket"
  if [ "$(id -u)" -eq 0 ]; then
    chown -R postgres "$dir"
    as_server test -x "$dir" || fail "the user postgres can't reach $dir: a folder above it is closed to others"
  fi
  as_server "$bin/initdb" -D "$dir/data" -U postgres -A scram-sha-256 --pwfile="$dir/password" --no-sync -E UTF8 --locale=C.UTF-8 \
    >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; return 1; }
  # jit: its compiler can't be cancelled, and how soon a cancelled statement ends is what tests look at.
  as_server tee -a "$dir/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir/socket'
max_connections = 200
shared_preload_libraries = '${POSTGRES_PRELOAD:-pg_stat_statements}'
ssl = on
ssl_cert_file = '$dir/server.crt'
ssl_key_file = '$dir/server.key'
fsync = off
logging_collector = off
jit = off
CONF
  for _ in {1..5}; do  # Another may take the port between our look and the start.
    port=$(free_port)
    if as_server "$bin/pg_ctl" -D "$dir/data" -s -w -t 60 -l "$dir/log" -o "-p $port" start >/dev/null 2>&1; then
      echo "DBOPS_TEST_PG=postgresql://postgres:$password@127.0.0.1:$port/postgres"
      echo "DBOPS_TEST_PG_TLS=postgresql://postgres:$password@127.0.0.1:$port/postgres?sslmode=verify-full&sslrootcert=$dir/ca.crt"
      return
    fi
    grep -q 'Address already in use' "$dir/log" || break
  done
  tail -n 20 "$dir/log" >&2
  return 1
}

stop() { # DIR
  local dir=$1
  end_servers QUIT "$dir/data/postmaster.pid"
  rm -rf -- "$dir"
}

case "${1:-} ${2:+DIR}" in
  'start DIR') start "$2" ;;
  'stop DIR') stop "$2" ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
