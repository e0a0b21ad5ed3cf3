#!/usr/bin/env bash
# docs/tools.md is what the program prints: tests/docs/current.sh PROGRAM
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if ! diff -u docs/tools.md <("$1" docs tools); then
  echo 'docs/tools.md is not current: build/release/dbops docs tools > docs/tools.md' >&2
  exit 1
fi
