#!/usr/bin/env bash
# A server that speaks MongoDB's protocol, for the tests: FerretDB before the DocumentDB engine, plain and over TLS, with users and
# passwords, on free ports of 127.0.0.1, in a folder of its own.
# Beside it two replica sets of three members each (mongodb_set), over the same engine: they have the transactions and change streams that
# FerretDB lacks. The second is for tests that have it elect another primary. Then one that answers as a mongos does, and a set of one
# member that wants certificates of its clients, and users to sign in by them (X.509).
#
#   tests/servers/mongodb.sh start DIR   starts it in DIR, which must not exist, and prints how to reach it, one NAME=VALUE a line
#   tests/servers/mongodb.sh stop DIR    stops it and removes DIR; fine where there is nothing to stop
#   exit status 3: it can't be had on this machine; why is on stderr
#
# Works as root (PostgreSQL then runs as the user postgres, so every folder above DIR must be open to it) and as a user.
# DIR must be short: a socket stands in it, and the path of a socket holds 107 bytes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/servers/ending.sh
. "$here/ending.sh"

fail() { printf '%s\n' "$*" >&2; exit 1; }

# As the user PostgreSQL runs as: it refuses root.
as_server() {
  if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + RANDOM % 12000))  # below the range that the kernel takes ports for clients from
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  fail "no free port was found on 127.0.0.1"
}

# Two certificate authorities, and a certificate of the server for 127.0.0.1 and localhost by the first.
make_certificates() { # DIR
  (
    cd "$1"
    for ca in ca other-ca; do
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=dbops test $ca" \
        -keyout "$ca.key" -out "$ca.crt"
    done
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=127.0.0.1' -keyout server.key -out server.csr
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out server.crt \
      -extfile <(echo 'subjectAltName=IP:127.0.0.1,DNS:localhost')
    for ca in ca other-ca; do  # Users of MONGODB-X509 by the name of "CN=tester,O=dbops tests".
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/O=dbops tests/CN=tester' -keyout client.key -out client.csr
      openssl x509 -req -in client.csr -CA "$ca.crt" -CAkey "$ca.key" -CAcreateserial -days 30 -out client.crt
      cat client.crt client.key >"client-of-$ca.pem"
    done
  ) >"$1/openssl.log" 2>&1 || { cat "$1/openssl.log" >&2; return 1; }
}

# PostgreSQL with the engine, behind a socket alone.
start_engine() { # DIR
  local dir=$1 bin=$1/engine/usr/lib/postgresql/18/bin
  mkdir "$dir/socket"
  [ "$(id -u)" -ne 0 ] || chown postgres "$dir" "$dir/socket"
  as_server test -x "$bin/initdb" || fail "the user postgres can't reach $dir: a folder above it is closed to others"
  as_server "$bin/initdb" -D "$dir/data" -A trust -U postgres --no-sync -E UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 ||
    { cat "$dir/initdb.log" >&2; return 1; }
  as_server tee -a "$dir/data/postgresql.conf" >/dev/null <<CONF
shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb'
cron.database_name = 'postgres'
cron.host = '$dir/socket'
listen_addresses = ''
port = 5432
unix_socket_directories = '$dir/socket'
max_connections = 200
fsync = off
jit = off
documentdb_core.enableCollation = on
documentdb.localhost_connection_string = 'host=$dir/socket'
CONF
  as_server "$bin/pg_ctl" -D "$dir/data" -s -w -t 60 -l "$dir/log" start >/dev/null || { tail -n 20 "$dir/log" >&2; return 1; }
  sql() { as_server "$bin/psql" -qAt -v ON_ERROR_STOP=1 -h "$dir/socket" -U postgres -c "$1" >/dev/null; }
  sql "set client_min_messages = warning; create extension documentdb cascade"
  # By the engine, and not as roles: clients want the salt as it makes it.
  sql "select documentdb_api.create_user('{\"createUser\": \"tester\", \"pwd\": \"$2\", \"roles\": [
    {\"role\": \"readWriteAnyDatabase\", \"db\": \"admin\"}, {\"role\": \"clusterAdmin\", \"db\": \"admin\"}]}')"
  sql "select documentdb_api.create_user('{\"createUser\": \"reader\", \"pwd\": \"$2\", \"roles\": [
    {\"role\": \"readAnyDatabase\", \"db\": \"admin\"}]}')"
}

# Whether the server answers the protocol's hello: {"hello": 1, "$db": "admin"} as an OP_MSG.
answers() { # PORT
  local hello='\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00\x00\x00\x00\x00\x00'
  # shellcheck disable=SC2016
  hello+='\x1f\x00\x00\x00\x10hello\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00'
  [ "$( (exec 3<>"/dev/tcp/127.0.0.1/$1" && printf %b "$hello" >&3 && timeout 5 head -c 16 <&3 | wc -c) 2>/dev/null)" = 16 ]
}

# A replica set, or a mongos; prints the hosts of its URL.
start_set() { # DIR NAME PYTHON_PATH WHAT [CERTIFICATES]
  local file=$1/$2.ports deadline=$((SECONDS + 30))
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$3 python3 "$here/mongodb_set/serve.py" "$1/socket" "$4" "$file" "${@:5}" >"$1/$2.log" 2>&1 &
  echo $! >"$1/$2.pid"
  until [ -e "$file" ]; do
    if [ $SECONDS -ge $deadline ] || ! kill -0 "$(<"$1/$2.pid")" 2>/dev/null; then
      tail -n 5 "$1/$2.log" >&2
      return 1
    fi
    sleep 0.05
  done
  disown
  sed 's/^\| /,127.0.0.1:/g; s/^,//' "$file"
}

# Where the Python that they are written in lacks its modules, the last line on stderr says so.
start_sets() { # DIR
  local python hosts
  python=$("$here/../witness/install") || { echo "replica sets: the Python clients can't be had" >&2; return 0; }
  hosts=$(start_set "$1" set "$python" 3)
  echo "DBOPS_TEST_MONGODB_SET=mongodb://$hosts/test?replicaSet=rs0"
  hosts=$(start_set "$1" electing "$python" 3)
  echo "DBOPS_TEST_MONGODB_ELECTING=mongodb://$hosts/test?replicaSet=rs0"
  hosts=$(start_set "$1" router "$python" router)
  echo "DBOPS_TEST_MONGODB_ROUTER=mongodb://$hosts/test"
  hosts=$(start_set "$1" x509 "$python" 1 "$1")
  echo "DBOPS_TEST_MONGODB_X509=mongodb://$hosts/test?authMechanism=MONGODB-X509&tlsCAFile=$1/ca.crt&tlsCertificateKeyFile=$1/client-of-ca.pem"
}

start() { # DIR
  local dir=$1 home password port tls_port deadline
  home=$("$here/mongodb_install") || exit
  [ ! -e "$dir" ] || fail "$dir is there already: 'tests/servers/mongodb.sh stop $dir' removes it"
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  made=$dir
  trap '[ $? -eq 0 ] || stop "$made"' EXIT
  chmod 755 "$dir"
  # Where the user postgres can reach it; links cost nothing on the same file system.
  cp -al "$home/root" "$dir/engine" 2>/dev/null || { rm -rf "$dir/engine"; cp -a "$home/root" "$dir/engine"; }
  password=$(openssl rand -hex 12)
  make_certificates "$dir"
  start_engine "$dir" "$password"
  for _ in {1..5}; do  # Another may take a port between our look and the start.
    port=$(free_port) tls_port=$(free_port)
    DO_NOT_TRACK=1 "$home/bin/ferretdb" --postgresql-url="postgres://postgres@/postgres?host=$dir/socket" --state-dir="$dir" \
      --listen-addr="127.0.0.1:$port" --listen-tls="127.0.0.1:$tls_port" --listen-tls-cert-file="$dir/server.crt" \
      --listen-tls-key-file="$dir/server.key" --debug-addr=- --telemetry=disable --log-level=info >"$dir/ferretdb.log" 2>&1 &
    echo $! >"$dir/ferretdb.pid"
    deadline=$((SECONDS + 30))
    until answers "$port" && grep -q "Listening on TLS" "$dir/ferretdb.log"; do
      if [ $SECONDS -ge $deadline ] || ! kill -0 "$(<"$dir/ferretdb.pid")" 2>/dev/null; then break; fi
      sleep 0.05
    done
    if answers "$port"; then
      disown
      local place="$password@127.0.0.1:$port/test?authSource=admin"
      echo "DBOPS_TEST_MONGODB=mongodb://tester:$place"
      echo "DBOPS_TEST_MONGODB_READER=mongodb://reader:$place"
      echo "DBOPS_TEST_MONGODB_TLS=mongodb://tester:${place/:$port/:$tls_port}&tls=true&tlsCAFile=$dir/ca.crt"
      start_sets "$dir"
      return
    fi
    grep -q 'address already in use' "$dir/ferretdb.log" || break
  done
  tail -n 20 "$dir/ferretdb.log" >&2
  return 1
}

stop() { # DIR
  local dir=$1
  end_servers TERM "$dir"/{x509,router,electing,set,ferretdb}.pid
  end_servers QUIT "$dir/data/postmaster.pid"
  rm -rf -- "$dir"
}

case "${1:-} ${2:+DIR}" in
  'start DIR') start "$2" ;;
  'stop DIR') stop "$2" ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
