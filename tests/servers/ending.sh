# shellcheck shell=bash
# How the servers of the tests are ended; for the scripts beside it.

stop_seconds=20

# The state and the parent of a process, as "S 1"; nothing once it is gone.
state_of() { # PID
  local words
  words=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  words=${words##*) }
  echo "${words:0:1} $(cut -d' ' -f2 <<<"$words")"
}

# One that has ended and that nobody has waited for yet is no more than a line in the table of processes.
runs() { # PID
  case $(state_of "$1") in '' | Z*) return 1 ;; esac
}

# Ends the servers whose process ids stand in the first lines of the files, those that are there. A server that was stopped by a signal
# hears of no other until it goes on, and so does the runuser that waits for it; one that does not end by itself is ended.
end_servers() { # SIGNAL FILE...
  local signal=$1 file pid parent pids=() deadline=$((SECONDS + stop_seconds))
  shift
  for file in "$@"; do
    pid=
    if [ -f "$file" ]; then read -r pid <"$file" || :; fi
    if [ -z "$pid" ]; then continue; fi
    parent=$(state_of "$pid")
    parent=${parent#* }
    kill "-$signal" "$pid" 2>/dev/null || :
    kill -CONT "$pid" 2>/dev/null || :
    if [ "${parent:-1}" -gt 1 ]; then kill -CONT "$parent" 2>/dev/null || :; fi
    pids+=("$pid")
  done
  for pid in "${pids[@]}"; do
    while runs "$pid" && [ $SECONDS -lt "$deadline" ]; do sleep 0.05; done
    if ! runs "$pid"; then continue; fi
    kill -KILL "$pid" 2>/dev/null || :
    while runs "$pid" && [ $SECONDS -lt $((deadline + 5)) ]; do sleep 0.05; done
  done
}
