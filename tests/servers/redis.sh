#!/usr/bin/env bash
# Redis servers for the tests, each with a password and on free ports of 127.0.0.1 and 127.0.0.2, in a folder of their own: one that takes
# plain connections, TLS and a socket; one without HELLO, as servers before 6.0 are; a cluster of three; a primary with a replica and the
# sentinel that watches them; a primary with two replicas, plain and as a cluster; and a Valkey and a Redis 8, where Debian 13's packages can be had: else that is said on stderr and
# their lines are missing.
#
#   tests/servers/redis.sh start DIR   starts them in DIR, which must not exist, and prints how to reach them, one NAME=VALUE a line
#   tests/servers/redis.sh stop DIR    stops them and removes DIR; fine where there is nothing to stop
#
# DIR must be short: the server's socket stands in it, and the path of a socket holds 107 bytes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/servers/ending.sh
. "$here/ending.sh"

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

server=redis-server

answers() { # PORT PASSWORD
  [ "$(REDISCLI_AUTH=$2 timeout 5 redis-cli -h 127.0.0.1 -p "$1" PING 2>/dev/null)" = PONG ]
}

# Three nodes that share the slots.
start_cluster() { # DIR PASSWORD
  local nodes=() each deadline
  for each in 1 2 3; do
    start_one "$1" "node$each" "$2" 'cluster-enabled yes' "cluster-port $(free_port)" 'cluster-node-timeout 2000' "masterauth $2"
    nodes+=("127.0.0.1:$port")
  done
  REDISCLI_AUTH=$2 timeout 60 redis-cli --cluster create "${nodes[@]}" --cluster-yes >"$1/cluster.log" 2>&1 || { tail -n 20 "$1/cluster.log" >&2; return 1; }
  deadline=$((SECONDS + 60))
  for each in "${nodes[@]}"; do
    until REDISCLI_AUTH=$2 timeout 5 redis-cli -p "${each##*:}" CLUSTER INFO | grep -q 'cluster_state:ok'; do
      [ $SECONDS -lt $deadline ] || fail "the cluster of Redis did not come up"
      sleep 0.05
    done
  done
  echo "DBOPS_TEST_REDIS_CLUSTER=redis://:$2@127.0.0.1:$port/0"
}

# A primary, its replica, and a sentinel that knows both and has a password of its own.
start_sentinel() { # DIR PASSWORD
  local primary deadline
  start_one "$1" primary "$2" "masterauth $2"
  primary=$port
  start_one "$1" replica "$2" "masterauth $2" "replicaof 127.0.0.1 $primary"
  mkdir "$1/sentinel"
  port=$(free_port)
  printf '%s\n' "port $port" 'bind 127.0.0.1' "dir $1/sentinel" "pidfile $1/sentinel/pid" "logfile $1/sentinel/log" 'daemonize yes' \
    "requirepass of-sentinels-$2" "sentinel monitor watched 127.0.0.1 $primary 1" "sentinel auth-pass watched $2" 'sentinel down-after-milliseconds watched 1000' \
    >"$1/sentinel/sentinel.conf"
  redis-server "$1/sentinel/sentinel.conf" --sentinel
  deadline=$((SECONDS + 60))
  until REDISCLI_AUTH="of-sentinels-$2" timeout 5 redis-cli -p "$port" SENTINEL REPLICAS watched 2>/dev/null | grep -q .; do
    [ $SECONDS -lt $deadline ] || fail "the sentinel of Redis found no replica"
    sleep 0.05
  done
  echo "DBOPS_TEST_REDIS_SENTINEL=redis+sentinel://:$2@127.0.0.1:$port/watched?sentinel_password=of-sentinels-$2"
}

# A primary and its two replicas, plain, and again as a cluster of one primary.
start_replicas() { # DIR PASSWORD
  local dir=$1 password=$2 primary each id hosts=
  start_one "$dir" read1 "$password" "masterauth $password"
  primary=$port hosts=127.0.0.1:$port
  for each in 2 3; do
    start_one "$dir" "read$each" "$password" "masterauth $password" "replicaof 127.0.0.1 $primary"
    hosts+=,127.0.0.1:$port
  done
  echo "DBOPS_TEST_REDIS_REPLICAS=redis://:$password@$hosts/0"
  for each in 1 2 3; do
    start_one "$dir" "part$each" "$password" 'cluster-enabled yes' "cluster-port $(free_port)" 'cluster-node-timeout 500' \
      'cluster-replica-no-failover yes' "masterauth $password"
    if [ "$each" = 1 ]; then
      primary=$port
      id=$(ask "$port" "$password" CLUSTER MYID)
      ask "$port" "$password" CLUSTER ADDSLOTSRANGE 0 16383 >/dev/null
    else
      ask "$port" "$password" CLUSTER MEET 127.0.0.1 "$primary" "$(ask "$primary" "$password" CONFIG GET cluster-port | tail -n 1)" >/dev/null
      wait_for "a cluster with replicas" ask "$port" "$password" CLUSTER REPLICATE "$id"
    fi
  done
  # CLUSTER SLOTS leaves out a replica that was never sent anything.
  wait_for "a cluster with replicas" ask "$primary" "$password" SET written 1
  wait_for "a cluster with replicas" has_replicas "$primary" "$password" 2
  echo "DBOPS_TEST_REDIS_REPLICAS_CLUSTER=redis://:$password@127.0.0.1:$primary/0"
}

# What a server answers; fails where that is an error.
ask() { # PORT PASSWORD WORD...
  local answer
  answer=$(REDISCLI_AUTH=$2 timeout 5 redis-cli -e -p "$1" "${@:3}" 2>/dev/null) && printf '%s\n' "$answer"
}

has_replicas() { # PORT PASSWORD COUNT
  [ "$(ask "$1" "$2" INFO replication | grep -c 'state=online')" = "$3" ] &&
    ask "$1" "$2" CLUSTER INFO | grep -q 'cluster_state:ok' &&
    [ "$(ask "$1" "$2" CLUSTER SLOTS | grep -c '^127.0.0.1$')" -gt "$3" ]
}

wait_for() { # WHAT COMMAND...
  local what=$1 deadline=$((SECONDS + 60))
  shift
  until "$@" >/dev/null; do
    [ $SECONDS -lt $deadline ] || fail "$what of Redis did not come up"
    sleep 0.05
  done
}

# A server of Debian 13's packages, with TLS too.
start_newer() { # DIR NAME PASSWORD VARIABLE PACKAGE...
  local dir=$1 name=$2 password=$3 variable=$4 home status=0
  shift 4
  home=$("$here/debian13.sh" "$@") || status=$?
  [ $status -ne 3 ] || return 0
  [ $status -eq 0 ] || return $status
  server=$home/usr/bin/$1 start_one "$dir" "$name" "$password" 'tls-port TLS_PORT' "tls-cert-file $dir/server.crt" \
    "tls-key-file $dir/server.key" "tls-ca-cert-file $dir/ca.crt" 'tls-auth-clients no'
  echo "${variable}_TLS=rediss://:$password@127.0.0.1:$tls_port/0?sslrootcert=$dir/ca.crt"
  echo "$variable=redis://:$password@127.0.0.1:$port/0"
}

# Starts one server in DIR/NAME with the lines of stdin in its configuration; sets `port` and `tls_port`.
start_one() { # DIR NAME PASSWORD LINE...
  local home=$1/$2 password=$3 deadline
  shift 3
  mkdir "$home"
  for _ in {1..5}; do  # Another may take a port between our look and the start.
    port=$(free_port) tls_port=$(free_port)
    printf '%s\n' "port $port" 'bind 127.0.0.1 127.0.0.2' "requirepass $password" "dir $home" "pidfile $home/pid" "logfile $home/log" \
      'save ""' 'daemonize yes' 'repl-diskless-sync-delay 0' "${@//TLS_PORT/$tls_port}" >"$home/redis.conf"
    rm -f "$home/log"
    $server "$home/redis.conf"
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
  start_cluster "$dir" "$password"
  start_sentinel "$dir" "$password"
  start_replicas "$dir" "$password"
  start_newer "$dir" valkey "$password" DBOPS_TEST_VALKEY valkey-server valkey-tools
  start_newer "$dir" redis8 "$password" DBOPS_TEST_REDIS8 redis-server redis-tools
}

stop() { # DIR
  local dir=$1
  end_servers TERM "$dir"/*/pid
  rm -rf -- "$dir"
}

case "${1:-} ${2:+DIR}" in
  'start DIR') start "$2" ;;
  'stop DIR') stop "$2" ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
