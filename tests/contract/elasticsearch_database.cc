#include "contract/elasticsearch_database.h"

#include <cstdlib>

#include "connectors/elasticsearch/connector.h"
#include "contract/contract.h"
#include "net/url.h"

namespace dbops::contract {
namespace {

constexpr int kMillion = 1'000'000;
constexpr int kBulk = 100'000;  // documents of one request

std::string server() {
  const char* url = std::getenv("DBOPS_TEST_ES");
  if (url == nullptr)
    throw std::runtime_error("DBOPS_TEST_ES is not set: run ./test elasticsearch");
  return url;
}

ConnectionOptions options_of(std::string url, Tier tier) {
  ConnectionOptions options;
  options.name = "contract";
  options.url = Secret(std::move(url));
  options.tier = tier;
  return options;
}

// The URL with a part of it replaced.
std::string with(std::string url, std::string_view part, std::string_view other) {
  return url.replace(url.find(part), part.size(), other);
}

std::string place() {
  return "127.0.0.1:" + std::to_string(*must(Url::parse(server())).hosts[0].port);
}

Result<std::vector<Answer>> send(Session& session, std::string_view text) {
  return run({}, session, must(elasticsearch::connector().dialect().parse(text)), {}, Mode::write);
}

class Database final : public Sandbox {
 public:
  Database() {
    const auto session = must(elasticsearch::connector().connect({}, options(Tier::admin)));
    static_cast<void>(send(*session, "DELETE /items,shelves,mebibyte?ignore_unavailable=true"));
    fill_numbers(*session);
  }
  ConnectionOptions options(Tier tier) const override { return options_of(server(), tier); }

 private:
  static void fill_numbers(Session& session) {
    const auto count = send(session, "GET /numbers/_count?filter_path=count");
    if (count && (*count)[0].rows[0][0] == std::to_string(kMillion)) return;
    static_cast<void>(send(session, "DELETE /numbers"));
    must(send(session,
              R"(PUT /numbers {"settings": {"number_of_replicas": 0, "refresh_interval": "-1"},
                 "mappings": {"dynamic": false, "_source": {"enabled": false}}})"));
    std::string bulk = "POST /numbers/_bulk?filter_path=errors\n";
    for (int i = 0; i < kBulk; ++i) bulk += "{\"index\":{}}\n{}\n";
    for (int i = 0; i < kMillion; i += kBulk) must(send(session, bulk));
    must(send(session, "POST /numbers/_refresh"));
  }
};

}  // namespace

std::unique_ptr<Sandbox> make_elasticsearch_database() { return std::make_unique<Database>(); }

std::vector<BadTarget> elasticsearch_bad_targets(const Sandbox&) {
  const std::string good = server();
  const std::string here = place();
  const std::string port = here.substr(here.find(':') + 1);
  const std::string password(must(Url::parse(good)).password.reveal());
  std::vector<BadTarget> targets;
  const auto add = [&](std::string_view what, std::string url, Code code,
                       std::vector<std::string> mentions) {
    targets.push_back({what, options_of(std::move(url), Tier::read), code, std::move(mentions)});
  };
  add("wrong password", with(good, password, "hunter2"), Code::authentication, {"127.0.0.1", port});
  add("unknown host", with(good, here, "no-such-host.invalid:9"), Code::unknown_host,
      {"no-such-host.invalid", "9"});
  add("refused port", with(good, here, "127.0.0.1:1"), Code::unreachable, {"127.0.0.1", "1"});
  add("TLS where there is none", with(good, "+https", ""), Code::invalid_config, {"sslrootcert"});
  add("another's certificate", with(good, "127.0.0.1", "127.0.0.2"), Code::tls,
      {"127.0.0.2", port});
  add("another authority", with(good, "/ca.crt", "/other-ca.crt"), Code::tls, {"127.0.0.1", port});
  add("no authority", good.substr(0, good.find('?')), Code::tls, {"127.0.0.1", port});
  add("no such file", with(good, "/ca.crt", "/no/such.crt"), Code::tls,
      {"127.0.0.1", port, "/no/such.crt"});
  return targets;
}

ConnectionOptions elasticsearch_on_port(const Sandbox&, uint16_t port) {
  return options_of(with(server(), place(), "127.0.0.1:" + std::to_string(port)), Tier::read);
}

ConnectionOptions elasticsearch_over_tls(const Sandbox&) {
  return options_of(server(), Tier::read);
}

// A literal is an expression of ES|QL.
std::vector<TypeCase> elasticsearch_types() {
  return {
      {"null", "null", Kind::null, "NULL", false},
      {"true", "boolean", Kind::boolean, "true"},
      {"0", "integer", Kind::integer, "0"},
      {"-2147483648", "integer", Kind::integer, "-2147483648"},
      {"9223372036854775807", "long", Kind::integer, "9223372036854775807"},
      // The server itself fails with such a parameter.
      {"18446744073709551615", "unsigned_long", Kind::decimal, "18446744073709551615", false},
      {"0.1", "double", Kind::real, "0.1"},
      {"1.7976931348623157e308", "double", Kind::real, "1.7976931348623157e+308"},
      {"5e-324", "double", Kind::real, "5e-324", false},
      {"\"\"", "keyword", Kind::text, ""},
      {"\"NULL\"", "keyword", Kind::text, "NULL"},
      {"\"✈️ größe\"", "keyword", Kind::text, "✈️ größe"},
      {R"("a\n\tb\"\\")", "keyword", Kind::text, "a\n\tb\"\\"},
      {"TO_DATETIME(\"2026-11-24T17:07:06.500Z\")", "date", Kind::timestamp_tz,
       "2026-11-24 17:07:06.5+00"},
      {"TO_DATE_NANOS(\"2026-11-24T17:07:06.123456789Z\")", "date_nanos", Kind::timestamp_tz,
       "2026-11-24 17:07:06.123456789+00"},
      {"TO_IP(\"1.2.3.4\")", "ip", Kind::text, "1.2.3.4"},
      {"TO_VERSION(\"1.2.3\")", "version", Kind::text, "1.2.3"},
      {"TO_GEOPOINT(\"POINT(1 2)\")", "geo_point", Kind::text, "POINT (1.0 2.0)"},
      {"[1, 2]", "integer", Kind::list, "[1,2]", false},
  };
}

std::vector<Attempt> elasticsearch_attempts() {
  return {
      {"PUT /items/_doc/1 {}"},
      {"put items/_doc/1 {}"},
      {"POST /items/_doc {}"},
      {"PUT /items/_create/900 {}"},
      {"POST /items/_update/1 {\"doc\": {\"name\": \"x\"}}"},
      {"DELETE /items/_doc/1"},
      {"POST /_bulk\n{\"delete\":{\"_index\":\"items\",\"_id\":\"1\"}}"},
      {"POST /%5Fbulk\n{\"delete\":{\"_index\":\"items\",\"_id\":\"1\"}}"},
      {"POST /items/_bulk\n{\"delete\":{\"_id\":\"1\"}}"},
      {"PUT /items/_bulk\n{\"delete\":{\"_id\":\"1\"}}"},
      {"GET /items/_count\nDELETE /items"},
      {"GET /items/_count;DELETE /items"},
      {"# GET /items\nDELETE /items"},
      {"DELETE /items"},
      {"DELETE /ite*"},
      {"DELETE /_all"},
      {"DELETE /%69tems"},
      {"DELETE items"},
      {"POST /items/_delete_by_query {\"query\": {\"match_all\": {}}}"},
      {"POST /items/_update_by_query"},
      {"POST /_reindex {\"source\": {\"index\": \"items\"}, \"dest\": {\"index\": \"copy\"}}"},
      {"PUT /items/_mapping {\"properties\": {\"x\": {\"type\": \"keyword\"}}}"},
      {"PUT /items/_settings {\"index\": {\"refresh_interval\": \"9s\"}}"},
      {"POST /items/_close"},
      {"POST /_aliases {\"actions\": [{\"remove_index\": {\"index\": \"items\"}}]}"},
      {"PUT /items/_alias/x"},
      {"PUT /new_index"},
      {"PUT /_cluster/settings {\"persistent\": {}}"},
      {"POST /_cluster/reroute"},
      {"PUT /_ingest/pipeline/x {\"processors\": []}"},
      {"PUT /_index_template/x {\"index_patterns\": [\"x*\"]}"},
      {"PUT /_scripts/x {\"script\": {\"lang\": \"painless\", \"source\": \"1\"}}"},
      {"POST /_scripts/painless/_execute {\"script\": {\"source\": \"1\"}}"},
      {"PUT /_snapshot/x {\"type\": \"fs\", \"settings\": {\"location\": \"x\"}}"},
      {"POST /_security/api_key {\"name\": \"x\"}"},
      {"PUT /_security/user/x {\"password\": \"123456\", \"roles\": []}"},
      {"GET /_security/user"},
      {"POST /_tasks/_cancel"},
      {"DELETE /_search/scroll/_all"},
      {"DELETE /_search/scroll {\"scroll_id\": \"_all\"}"},
      {"POST /items/_async_search {}"},
      {"POST /_search/../items/_doc {}"},
      {"POST //items/_doc {}"},
      {"POST /items%2F_doc {}"},
      {"POST /items/_forcemerge"},
      {"GET /_nosuch/thing"},
      {"DELETE FROM items"},
      {"UPDATE items SET name = 'x'"},
  };
}

}  // namespace dbops::contract
