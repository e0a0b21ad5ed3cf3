#!/usr/bin/env bash
# A Redis server of its own for the tests, with a password, on one free port of 127.0.0.1, in a folder of its own.
#
#   tests/servers/redis.sh start DIR   starts it in DIR, which must not exist, and prints how to reach it, one NAME=VALUE a line
#   tests/servers/redis.sh stop DIR    stops it and removes DIR; fine where there is nothing to stop
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

answers() { # PORT PASSWORD
  [ "$(REDISCLI_AUTH=$2 redis-cli -h 127.0.0.1 -p "$1" PING 2>/dev/null)" = PONG ]
}

start() { # DIR
  local dir=$1 port password deadline
  command -v redis-server >/dev/null || fail "Redis is missing: apt-get install redis-server"
  [ ! -e "$dir" ] || fail "$dir is there already: 'tests/servers/redis.sh stop $dir' removes it"
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  made=$dir
  trap '[ $? -eq 0 ] || stop "$made"' EXIT
  password=$(openssl rand -hex 12)
  for _ in {1..5}; do  # Another may take the port between our look and the start.
    port=$(free_port)
    printf '%s\n' "port $port" 'bind 127.0.0.1' "requirepass $password" "dir $dir" "pidfile $dir/pid" "logfile $dir/log" \
      'save ""' 'daemonize yes' >"$dir/redis.conf"
    redis-server "$dir/redis.conf"
    deadline=$((SECONDS + 30))
    until answers "$port" "$password"; do
      [ $SECONDS -lt $deadline ] || break
      grep -q 'Address already in use' "$dir/log" && break
      sleep 0.02
    done
    if answers "$port" "$password"; then
      echo "DBOPS_TEST_REDIS=redis://:$password@127.0.0.1:$port/0"
      return
    fi
    grep -q 'Address already in use' "$dir/log" || break
  done
  tail -n 20 "$dir/log" >&2
  return 1
}

stop() { # DIR
  local dir=$1 pid
  if [ -f "$dir/pid" ] && pid=$(<"$dir/pid"); then
    kill "$pid" 2>/dev/null || :
    while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
  fi
  rm -rf -- "$dir"
}

case "${1:-} ${2:+DIR}" in
  'start DIR') start "$2" ;;
  'stop DIR') stop "$2" ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
