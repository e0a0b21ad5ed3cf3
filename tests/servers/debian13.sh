#!/usr/bin/env bash
# Programs of Debian 13 on an older Debian, without a system of that kind: packages and the libraries they need are unpacked into a folder
# of the user's cache, once for each list of packages, and each program is wrapped so that it runs with its own loader and libraries.
# No root is needed, a copy of the folder is as good as the folder, and a second call needs no network.
#
#   tests/servers/debian13.sh PACKAGE...   prints the folder; its programs stand in usr/bin, usr/lib/postgresql/17/bin ...
#   exit status 3: they can't be had on this machine; why is on stderr
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
unavailable() { printf '%s\n' "$*" >&2; exit 3; }

[ $# -gt 0 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
key=$({ cat "$here/debian13.sh"; printf '%s\n' "$@"; } | sha256sum | cut -c 1-16)
home=${XDG_CACHE_HOME:-$HOME/.cache}/dbops/debian13-$1-$key
if [ -e "$home" ]; then
  echo "$home"
  exit
fi

# The mirror that apt is set up with, whatever it is.
# shellcheck disable=SC2016
mirror=$(. /etc/os-release && apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 2>/dev/null |
  awk -v release="${VERSION_CODENAME:-}" '$2 == release && $3 == "main" { print $1; exit }') || :
[ -n "$mirror" ] || unavailable "Debian 13's packages can't be had: apt is not set up with a mirror of Debian"
[ "$(uname -m)" = x86_64 ] || unavailable "Debian 13's packages are unpacked on x86-64 only"

part=$home.part.$$
trap 'rm -rf -- "$part"' EXIT
mkdir -p "$part"/apt/{lists,cache/archives}/partial "$part/root"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$part/apt/list"
own=(-o "Dir::Etc::sourcelist=$part/apt/list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$part/apt/lists"
  -o "Dir::Cache=$part/apt/cache" -o Dir::State::status=/dev/null -o Debug::NoLocking=1 -o APT::Install-Recommends=0
  -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=2)

# What is asked for, and libraries: not those of compilers and Perl, nor what sets a system up.
needed() { # PACKAGE...
  apt-get "${own[@]}" install --print-uris -y -qq "$@" | awk '/^.[a-z]+:/ { sub(/_.*/, "", $2); print $2 }' |
    while read -r name; do
      case " $* " in *" $name "*) echo "$name"; continue ;; esac
      case $name in
        libllvm* | libz3* | *perl*) ;;
        lib* | zlib*) echo "$name" ;;
      esac
    done
}

{
  apt-get "${own[@]}" update -qq && names=$(needed "$@") && [ -n "$names" ] &&
    (cd "$part/apt/cache" && mapfile -t names <<<"$names" && apt-get "${own[@]}" download -qq "${names[@]}")
} >"$part/log" 2>&1 || { tail -n 5 "$part/log" >&2; unavailable "Debian 13's packages can't be had from the mirror: $*"; }
for file in "$part"/apt/cache/*.deb; do dpkg-deb --fsys-tarfile "$file" | tar -x --no-same-owner -C "$part/root"; done

# A program becomes NAME.elf with a script beside it, which starts it by the loader it was made for. To be called by its whole path.
wrap() { # FILE, its path within the root
  mv "$part/root/$1" "$part/root/$1.elf"
  cat >"$part/root/$1" <<WRAPPER
#!/bin/sh
root=\${0%/usr/*}
exec "\$root/usr/lib64/ld-linux-x86-64.so.2" --argv0 "\$0" --library-path "\$root/usr/lib/x86_64-linux-gnu" "\$root/$1.elf" "\$@"
WRAPPER
  chmod 755 "$part/root/$1"
}
cd "$part/root"
find usr/bin usr/lib -path '*bin/*' -type f -perm /111 | while read -r file; do
  if [ "$(head -c 4 "$file" | tail -c 3)" = ELF ]; then wrap "$file"; fi
done
chmod -R a+rX .
mv -T -- "$part/root" "$home" 2>/dev/null || [ -e "$home" ]  # Another may have been faster.
echo "$home"
