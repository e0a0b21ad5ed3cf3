#!/usr/bin/env bash
# clang-tidy over our sources, as errors, by the compile commands of a configured build.
#
#   tests/tidy/clang_tidy.sh BUILD_DIR           what differs from the branch main, and what includes it; where there is no
#                                                such branch, or nothing differs, all of src but its tests
#   tests/tidy/clang_tidy.sh BUILD_DIR FILE...   those .cc files
#
# Prints the findings and how long it took. Exits 1 when there are any.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
if [ ! -f "${1:-}/compile_commands.json" ]; then
  sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
build=$(cd "$1" && pwd)
shift
cd "$root"

compiled() {
  python3 -c '
import json, os, sys
for entry in json.load(open(sys.argv[1])):
    path = os.path.relpath(os.path.join(entry["directory"], entry["file"]), sys.argv[2])
    if path.startswith(("src/", "tests/", "fuzz/", "bench/")):
        print(path)' "$build/compile_commands.json" "$root" | sort -u
}

# Of the compiled files: those that changed, or include a header that did.
changed() {
  local names header
  names=$(git diff --name-only main -- '*.cc' '*.h'; git ls-files -o --exclude-standard -- '*.cc' '*.h')
  {
    grep '\.cc$' <<<"$names" || :
    sed -nE 's#^(src/|tests/)?(.*\.h)$#\2#p' <<<"$names" | while read -r header; do
      compiled | xargs grep -lF "#include \"$header\"" || :
    done
  } | sort -u | comm -12 - <(compiled)
}

if [ $# -gt 0 ]; then
  files=("$@")
else
  mapfile -t files < <(git rev-parse -q --verify main >/dev/null && changed)
  [ ${#files[@]} -gt 0 ] || mapfile -t files < <(compiled | grep '^src/' | grep -vE '_[a-z]*test\.cc$|/testing')
fi

start=$SECONDS
status=0
# GCC's own warning options mean nothing to clang.
printf '%s\0' "${files[@]}" | xargs -0 -P "$(nproc)" -n 4 clang-tidy-14 --quiet -p "$build" \
  --extra-arg=-Wno-unknown-warning-option 2>/dev/null || status=1
echo "clang-tidy: ${#files[@]} files in $((SECONDS - start)) s"
exit "$status"
