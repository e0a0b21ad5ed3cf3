#!/usr/bin/env bash
# Two Redis servers for the tests, each with a password and on free ports of 127.0.0.1 and 127.0.0.2, in a folder of their own: one that takes
# plain connections, TLS and a socket, and one without HELLO, as servers before 6.0 are.
#
#   tests/servers/redis.sh start DIR   starts them in DIR, which must not exist, and prints how to reach them, one NAME=VALUE a line
#   tests/servers/redis.sh stop DIR    stops them and removes DIR; fine where there is nothing to stop
#
# DIR must be short: the server's socket stands in it, and the path of a socket holds 107 bytes.
set -euo pipefail

fail() { printf '%s\n' "$*" >&2; exit 1; }

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
  ) >"$1/openssl.log" 2>&1 || { cat "$1/openssl.log" >&2; return 1; }
}

answers() { # PORT PASSWORD
  [ "$(REDISCLI_AUTH=$2 redis-cli -h 127.0.0.1 -p "$1" PING 2>/dev/null)" = PONG ]
}

# Starts one server in DIR/NAME with the lines of stdin in its configuration; sets `port` and `tls_port`.
start_one() { # DIR NAME PASSWORD LINE...
  local home=$1/$2 password=$3 deadline
  shift 3
  mkdir "$home"
  for _ in {1..5}; do  # Another may take a port between our look and the start.
    port=$(free_port) tls_port=$(free_port)
    printf '%s\n' "port $port" 'bind 127.0.0.1 127.0.0.2' "requirepass $password" "dir $home" "pidfile $home/pid" "logfile $home/log" \
      'save ""' 'daemonize yes' "${@//TLS_PORT/$tls_port}" >"$home/redis.conf"
    rm -f "$home/log"
    redis-server "$home/redis.conf"
    deadline=$((SECONDS + 30))
    until answers "$port" "$password"; do
      [ $SECONDS -lt $deadline ] || break
      grep -qs 'Address already in use' "$home/log" && break
      sleep 0.02
    done
    if answers "$port" "$password"; then return; fi
    grep -qs 'Address already in use' "$home/log" || break
  done
  tail -n 20 "$home/log" >&2
  return 1
}

start() { # DIR
  local dir=$1 port tls_port password
  command -v redis-server >/dev/null || fail "Redis is missing: apt-get install redis-server"
  [ ! -e "$dir" ] || fail "$dir is there already: 'tests/servers/redis.sh stop $dir' removes it"
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  made=$dir
  trap '[ $? -eq 0 ] || stop "$made"' EXIT
  password=$(openssl rand -hex 12)
  make_certificates "$dir"
  start_one "$dir" main "$password" "unixsocket $dir/socket" 'tls-port TLS_PORT' "tls-cert-file $dir/server.crt" \
    "tls-key-file $dir/server.key" "tls-ca-cert-file $dir/ca.crt" 'tls-auth-clients no'
  echo "DBOPS_TEST_REDIS=redis://:$password@127.0.0.1:$port/0"
  echo "DBOPS_TEST_REDIS_TLS=rediss://:$password@127.0.0.1:$tls_port/0?sslrootcert=$dir/ca.crt"
  echo "DBOPS_TEST_REDIS_SOCKET=unix://:$password@$dir/socket"
  start_one "$dir" old "$password" 'rename-command HELLO ""'
  echo "DBOPS_TEST_REDIS_OLD=redis://:$password@127.0.0.1:$port/0"
}

stop() { # DIR
  local dir=$1 file pid
  for file in "$dir"/*/pid; do
    if [ -f "$file" ] && pid=$(<"$file"); then
      kill "$pid" 2>/dev/null || :
      while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
    fi
  done
  rm -rf -- "$dir"
}

case "${1:-} ${2:+DIR}" in
  'start DIR') start "$2" ;;
  'stop DIR') stop "$2" ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
