// The same session on Elasticsearch, over TLS and with users, and on OpenSearch, without either.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <thread>

#include "base/bytes.h"
#include "base/value_text.h"
#include "connectors/elasticsearch/connector.h"
#include "connectors/elasticsearch/paths.h"
#include "connectors/elasticsearch/testing.h"
#include "core/catalog.h"

namespace dbops::elasticsearch {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Both servers, each test in an index of its own.
class Elastic : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto session = connect_to(server_url(GetParam()));
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    static_cast<void>(run(*session_, "DELETE /live"));
    ASSERT_TRUE(run(*session_,
                    R"(PUT /live {"settings": {"number_of_replicas": 0, "number_of_shards": 2},
                       "mappings": {"properties": {"id": {"type": "long"}, "name": {"type": "keyword"},
                         "words": {"type": "text"}, "at": {"type": "date"}}}})"));
  }
  void TearDown() override {
    if (session_) static_cast<void>(run(*session_, "DELETE /live"));
  }
  bool opensearch() const { return std::string_view(GetParam()).ends_with("OPENSEARCH"); }
  // Documents with the ids from 1 on.
  void fill(int count) {
    std::string bulk = "POST /live/_bulk?refresh=true\n";
    for (int i = 1; i <= count; ++i)
      bulk += "{\"index\":{\"_id\":\"" + std::to_string(i) + "\"}}\n{\"id\":" + std::to_string(i) +
              ",\"name\":\"n" + std::to_string(i % 3) + "\"}\n";
    const auto answer = run(*session_, bulk);
    ASSERT_TRUE(answer) << answer.error().message;
  }
  std::string read(std::string_view text) {
    const auto answer = run(*session_, text, Mode::read);
    return answer ? *answer
                  : std::string(name(answer.error().code)) + ": " + answer.error().message;
  }

  std::unique_ptr<Session> session_;
};

TEST_P(Elastic, TellsWhoItIs) {
  const auto info = session_->info({});
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->product, opensearch() ? "OpenSearch" : "Elasticsearch");
  EXPECT_EQ(info->database, "dbops-test");
  EXPECT_EQ(info->user, opensearch() ? "" : "admin");
  EXPECT_THAT(info->transport, StartsWith(opensearch() ? "plain" : "TLSv1"));
  EXPECT_EQ(info->findings.empty(), !opensearch());
  EXPECT_TRUE(session_->ping({}));
}

TEST_P(Elastic, HitsAreRows) {
  fill(3);
  EXPECT_EQ(
      read(R"(GET /live/_search {"sort": ["id"], "size": 2})"),
      "live|1|null|{\"id\":1,\"name\":\"n1\"}|[1]\nlive|2|null|{\"id\":2,\"name\":\"n2\"}|[2]");
  EXPECT_EQ(read(R"(GET /live/_search {"query": {"term": {"name": "no"}}})"), "");
  EXPECT_EQ(read("GET /live/_count?filter_path=count"), "3");
  EXPECT_EQ(read("GET /live/_source/2"), "2|n2");
  EXPECT_EQ(read("HEAD /live/_doc/1\nHEAD /live/_doc/9"), "true\nfalse");
  EXPECT_EQ(read("GET /live/_doc/9"), "live|9|false");
  EXPECT_EQ(read(R"(GET /live/_mget?filter_path=docs._id,docs.found {"ids": ["1", "9"]})"),
            "1|true\n9|false");
}

TEST_P(Elastic, BucketsAreRows) {
  fill(6);
  EXPECT_EQ(
      read(
          R"(GET /live/_search {"size": 0, "aggs": {"n": {"terms": {"field": "name", "order": {"_key": "asc"}},
                    "aggs": {"top": {"max": {"field": "id"}}}}}})"),
      "n0|2|6\nn1|2|4\nn2|2|5");
  EXPECT_EQ(read(R"(GET /live/_search {"size": 0, "aggs": {"a": {"max": {"field": "id"}},
                    "b": {"min": {"field": "id"}}}})"),
            "6|1");
}

TEST_P(Elastic, ReadsBeyondAPageByAScrollAndByAScan) {
  fill(2500);
  for (const bool scroll : {true, false}) {
    auto all =
        scroll ? run(*session_, R"(GET /live/_search?scroll=1m {"size": 400, "_source": false})",
                     Mode::read)
               : operate(*session_, "scan", R"({"index": "live", "source": ["id"]})");
    ASSERT_TRUE(all) << all.error().message;
    std::set<std::string> ids;
    size_t rows = 0;
    for (size_t at = 0; at < all->size(); ++rows) {
      const size_t end = std::min(all->find('\n', at), all->size());
      const std::string row = all->substr(at, end - at);
      ids.insert(row.substr(5, row.find('|', 5) - 5));
      at = end + 1;
    }
    EXPECT_EQ(rows, 2500U);
    EXPECT_EQ(ids.size(), 2500U);
  }
  // What the server kept for them is freed.
  Context patience;
  patience.deadline = Deadline::after(std::chrono::seconds(20));
  std::string open;
  do
    open =
        read("GET /_nodes/stats/indices/search?filter_path=nodes.*.indices.search.open_contexts");
  while (open.find("\"open_contexts\":0") == std::string::npos && patience.alive());
  EXPECT_THAT(open, HasSubstr("\"open_contexts\":0"));
}

// Where a name is not there, the error says which one may have been meant.
TEST_P(Elastic, AnErrorNamesTheNearestName) {
  fill(1);
  const auto hint = [&](std::string_view text) {
    const auto answer = run(*session_, text, Mode::read);
    return answer ? "answered" : answer.error().hint;
  };
  EXPECT_EQ(hint("GET /liv/_search"), "did you mean live?");
  EXPECT_EQ(hint("GET /nothing_like_it/_search"), "list what is there with explore");
  EXPECT_EQ(hint(R"(GET /live/_search {"sort": ["wrds"]})"), "did you mean words?");
  EXPECT_EQ(hint(R"(GET /live/_search {"sort": ["unheard_of"]})"),
            "list what is there with explore");
  const auto scanned = operate(*session_, "search", R"({"index": "lve"})");
  ASSERT_FALSE(scanned);
  EXPECT_EQ(scanned.error().hint, "did you mean live?");
  if (opensearch()) return;
  EXPECT_EQ(hint("FROM liv"), "did you mean live?");
  EXPECT_EQ(hint("FROM live | KEEP wrds"), "did you mean words?");
}

TEST_P(Elastic, EachItemOfABulkHasItsOwnOutcome) {
  const Script script = *connector().dialect().parse(
      "POST "
      "/live/"
      "_bulk\n{\"index\":{\"_id\":\"1\"}}\n{\"id\":1}\n{\"index\":{\"_id\":\"2\"}}\n{\"id\":\"x\"}"
      "\n"
      "{\"delete\":{\"_id\":\"3\"}}");
  const Parameters none;
  const auto results = session_->queries()->run({}, script, none, Mode::write);
  ASSERT_TRUE(results);
  const auto stream = (*results)->next({});
  ASSERT_TRUE(stream) << stream.error().message;
  const auto rows = read_all({}, **stream);
  ASSERT_TRUE(rows);
  EXPECT_THAT(*rows, StartsWith("index|live|1|1|created|"));
  EXPECT_THAT(*rows, HasSubstr("\ndelete|live|3|"));
  EXPECT_EQ((*stream)->summary().affected, 2U);
  ASSERT_FALSE((*stream)->summary().warnings.empty());
  EXPECT_THAT((*stream)->summary().warnings[0], HasSubstr("1 of 3 items failed"));
}

TEST_P(Elastic, KeepsWhatDocumentsHold) {
  const std::string source =
      "{\"big\":18446744073709551616,\"exact\":0.10000000000000000001,\"t\":\"\\u0000é✈\\\"\","
      "\"n\":null,"
      "\"e\":\"\",\"l\":[1,[2]],\"o\":{\"a.b\":1.0}}";
  ASSERT_TRUE(run(*session_, "PUT /live/_mapping {\"dynamic\": false}"));
  ASSERT_TRUE(run(*session_, "PUT /live/_doc/1?refresh=true " + source));
  EXPECT_THAT(read("GET /live/_search"), HasSubstr("|" + source));
}

TEST_P(Elastic, ErrorsSayWhatIsMeant) {
  fill(1);
  const auto code = [&](std::string_view text) {
    const auto answer = run(*session_, text, Mode::write);
    return answer ? "no error: " + *answer : std::string(name(answer.error().code));
  };
  EXPECT_EQ(code("GET /no_such_index/_search"), "not_found");
  EXPECT_EQ(code("GET /live/_search {\"nosuch\": 1}"), "syntax");
  EXPECT_EQ(code("GET /live/_search {\"query\": {\"range\": {\"id\": {\"gte\": \"x\"}}}}"), "data");
  EXPECT_EQ(code("PUT /live"), "already_exists");
  EXPECT_EQ(code("PUT /live/_create/1 {}"), "conflict");
  EXPECT_EQ(code("PUT /live/_doc/1 {\"id\": \"x\"}"), "data");
  EXPECT_EQ(code("GET /live/_nosuch/x/y/z"), "unsupported");
  EXPECT_EQ(code("POST /_query {\"query\": \"FROM no_such_index\"}"),
            opensearch() ? "unsupported" : "not_found");
}

TEST_P(Elastic, ExploresIndicesAndFields) {
  fill(3);
  ASSERT_TRUE(run(*session_, "PUT /live/_alias/other_name"));
  Catalog& catalog = *session_->catalog();
  const auto listed = catalog.list({}, {}, {});
  ASSERT_TRUE(listed) << listed.error().message;
  const auto has = [&](std::string_view kind, std::string_view item) {
    return std::any_of(listed->items.begin(), listed->items.end(),
                       [&](const Item& each) { return each.kind == kind && each.path[0] == item; });
  };
  EXPECT_TRUE(has("index", "live"));
  EXPECT_TRUE(has("alias", "other_name"));
  const auto described = catalog.describe({}, {{"live"}, {"other_name"}, {"live", "at"}});
  ASSERT_TRUE(described) << described.error().message;
  EXPECT_EQ((*described)[0].item.rows, 3);
  ASSERT_EQ((*described)[0].columns.size(), 4U);
  EXPECT_EQ((*described)[0].columns[0].name, "at");
  EXPECT_EQ((*described)[0].columns[0].type, "date");
  EXPECT_EQ((*described)[1].item.kind, "alias");
  EXPECT_EQ((*described)[2].item.kind, "field");
  const auto found = catalog.list({}, {}, {.pattern = "WORD"});
  ASSERT_TRUE(found);
  EXPECT_TRUE(std::any_of(found->items.begin(), found->items.end(), [](const Item& each) {
    return each.path == std::vector<std::string>{"live", "words"};
  }));
}

TEST_P(Elastic, LooksAtAField) {
  fill(1);
  Catalog& catalog = *session_->catalog();
  const auto listed = catalog.list({}, {"live", "at"}, {});
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_TRUE(listed->items.empty());
  for (const std::vector<std::string>& path :
       {std::vector<std::string>{"live", "wrods"}, {"live", "words", "x"}}) {
    const Error of_list = catalog.list({}, path, {}).error();
    const Error of_description = catalog.describe({}, {path}).error();
    EXPECT_EQ(of_list.code, Code::not_found);
    EXPECT_EQ(of_list.message, of_description.message);
    EXPECT_EQ(of_list.hint, of_description.hint);
  }
  EXPECT_EQ(catalog.describe({}, {{"live", "wrods"}}).error().hint, "did you mean live.words?");
}

TEST_P(Elastic, KeepsStrangeNamesOfIndices) {
  // Of the contract's names these are what an index may be called.
  const std::vector<std::string> names = {"it's",    "semi;colon", "per%cent", "do$llar",
                                          "naïve-☕", "a.b",        "(x)"};
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const std::string path = "/" + encode_segment(name);
    static_cast<void>(run(*session_, "DELETE " + path));
    const auto made = run(*session_, "PUT " + path);
    ASSERT_TRUE(made) << made.error().message;
    const auto described = session_->catalog()->describe({}, {{name}});
    ASSERT_TRUE(described) << described.error().message;
    EXPECT_EQ(described->at(0).item.path, std::vector{name});
    const auto listed = session_->catalog()->list({}, {}, {});
    ASSERT_TRUE(listed);
    EXPECT_TRUE(std::any_of(listed->items.begin(), listed->items.end(),
                            [&](const Item& each) { return each.path == std::vector{name}; }));
    EXPECT_TRUE(run(*session_, "DELETE " + path));
  }
}

TEST_P(Elastic, ExplainsAndProfiles) {
  fill(3);
  const auto explain = [&](std::string_view text, bool analyze) {
    const Script script = *connector().dialect().parse(text);
    return session_->explainer()->explain({}, script, {}, analyze, Mode::read);
  };
  constexpr std::string_view kSearch =
      R"(GET /live/_search {"query": {"wildcard": {"name": "*1"}}})";
  auto plan = explain(kSearch, false);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->text, HasSubstr("name:*1"));
  ASSERT_FALSE(plan->findings.empty());
  plan = explain(kSearch, true);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->text, HasSubstr(" us  "));
  plan = explain(R"(GET /live/_search {"query": {"range": {"id": {"gte": "x"}}}})", false);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->findings.at(0).severity, Severity::critical);
  EXPECT_EQ(explain("GET /_cat/indices", false).error().code, Code::unsupported);
}

TEST_P(Elastic, DiagnosesWhyAShardIsOnNoNode) {
  const auto fields = [] {
    std::string properties;
    for (int i = 0; i < 9; ++i)
      properties += (i > 0 ? ", \"f" : "\"f") + std::to_string(i) + R"(": {"type": "long"})";
    return properties;
  }();
  static_cast<void>(run(*session_, "DELETE /live_homeless"));
  ASSERT_TRUE(run(*session_, R"(PUT /live/_settings {"index.number_of_replicas": 1})"));
  ASSERT_TRUE(run(*session_,
                  R"(PUT /live_homeless?wait_for_active_shards=0 {"settings": {
                     "index.routing.allocation.require.box": "none", "number_of_replicas": 0,
                     "index.mapping.total_fields.limit": 10}, "mappings": {"properties": {)" +
                      fields + "}}}"));
  const auto findings = session_->diagnostics()->diagnose({}, "");
  ASSERT_TRUE(findings) << findings.error().message;
  const auto of = [&](std::string_view area, std::string_view subject) {
    for (const Finding& each : *findings)
      if (each.area == area && each.subject == subject)
        return std::string(name(each.severity)) + ": " + each.message + " -> " + each.hint;
    return std::string();
  };
  EXPECT_THAT(of("shards", "live_homeless[0] primary"), StartsWith("critical: is on no node ("));
  EXPECT_THAT(of("shards", "live_homeless[0] primary"), HasSubstr("index.routing.allocation"));
  // Of this index, or another that stands before it.
  EXPECT_TRUE(std::any_of(findings->begin(), findings->end(), [](const Finding& each) {
    return each.subject.ends_with(" replica") && each.hint.find("add a node") != std::string::npos;
  }));
  EXPECT_THAT(of("mappings", "live_homeless"), StartsWith("warning: 9 fields, of 10"));
  EXPECT_THAT(of("disk", "n1"), HasSubstr("% of the disk in use"));
  EXPECT_THAT(of("slowlog", ""), HasSubstr("no index notes"));
  ASSERT_TRUE(
      run(*session_, R"(PUT /live/_settings {"index.search.slowlog.threshold.query.warn": "2s",
                                                     "index.blocks.read_only_allow_delete": true})"));
  const auto again = session_->diagnostics()->diagnose({}, "");
  ASSERT_TRUE(again) << again.error().message;
  const auto tells = [&](std::string_view area, std::string_view text) {
    return std::any_of(again->begin(), again->end(), [&](const Finding& each) {
      return each.area == area &&
             (each.subject + ": " + each.message).find(text) != std::string::npos;
    });
  };
  EXPECT_TRUE(tells("slowlog", "1 indices note"));
  EXPECT_TRUE(tells("disk", "live: is read-only"));
  EXPECT_TRUE(run(*session_, "DELETE /live_homeless"));
}

TEST_P(Elastic, OperationsWork) {
  fill(3);
  auto answer =
      operate(*session_, "search",
              R"({"index": "live", "filter": {"name": ["n1", "n2"]}, "sort": ["id desc"]})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(*answer, StartsWith("live|2|"));
  answer = operate(*session_, "build_search", R"({"index": "live", "group_by": "name"})");
  ASSERT_TRUE(answer) << answer.error().message;
  const auto groups = run(*session_, *answer, Mode::read);
  ASSERT_TRUE(groups) << groups.error().message;
  EXPECT_THAT(*groups, HasSubstr("n1|1"));
  answer = operate(*session_, "analyze", R"({"text": "Two Words"})");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(*answer, StartsWith("two|0|3"));
  for (const char* name : {"delete_index", "refresh"}) {
    answer = operate(*session_, name, R"({"index": "no_such_index"})");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Code::not_found);
  }
  EXPECT_EQ(operate(*session_, "delete_index", R"({"index": "li*"})").error().code,
            Code::invalid_argument);
  EXPECT_TRUE(operate(*session_, "set_alias", R"({"alias": "front", "index": "live"})"));
  EXPECT_THAT(read("GET /front/_count?filter_path=count"), "3");
  EXPECT_TRUE(operate(*session_, "delete_index", R"({"index": "live"})"));
}

// The test's build of Elasticsearch has no such module.
class OpenSearchAlone : public Elastic {};

TEST_P(OpenSearchAlone, LongWorkRunsAsATask) {
  fill(5);
  Context patience;
  patience.deadline = Deadline::after(std::chrono::seconds(20));
  const auto finish = [&](const Result<std::string>& task) {
    if (!task) return task.error().message;
    std::string state;
    while (!state.starts_with("true") && patience.alive())
      state = operate(*session_, "task", "{\"task\": \"" + *task + "\"}").value_or("?");
    return state;
  };
  EXPECT_THAT(finish(operate(*session_, "delete_by_query",
                             R"({"index": "live", "query": {"term": {"name": "n1"}}})")),
              HasSubstr("\"deleted\":2"));
  EXPECT_THAT(finish(operate(*session_, "update_by_query",
                             R"({"index": "live", "query": {"term": {"name": "n2"}},
                                 "script": "ctx._source.id = 70"})")),
              HasSubstr("\"updated\":2"));
  // What was deleted is gone from searches only then.
  EXPECT_TRUE(operate(*session_, "refresh", R"({"index": "live"})"));
  EXPECT_THAT(finish(operate(*session_, "reindex", R"({"index": "live", "target": "live_copy"})")),
              HasSubstr("\"created\":3"));
  EXPECT_TRUE(operate(*session_, "delete_index", R"({"index": "live_copy"})"));
}

// The server itself goes on with such work when its client is gone.
TEST_P(OpenSearchAlone, CancellingEndsTheServersTask) {
  fill(100);
  Context context;
  context.cancel = Cancel::create();
  Result<std::string> done = fail(Code::internal, "");
  std::thread caller([&] {  // A document a second.
    done = run(*session_, "POST /live/_update_by_query?scroll_size=1&requests_per_second=1",
               Mode::write, context);
  });
  auto other = connect_to(server_url(GetParam()));
  ASSERT_TRUE(other) << other.error().message;
  Context patience;
  patience.deadline = Deadline::after(std::chrono::seconds(60));
  const auto working = [&] {
    return run(**other, "GET /_tasks?actions=*update/byquery&detailed=true", Mode::read)
               .value_or("?")
               .find("live") != std::string::npos;
  };
  while (!working() && patience.alive()) {
  }
  context.cancel.request();
  caller.join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::cancelled) << done.error().message;
  EXPECT_EQ(done.error().effect, Effect::unknown);
  while (working() && patience.alive()) {
  }
  EXPECT_FALSE(working());
  EXPECT_THAT(read("GET /live/_count?filter_path=count"), "100");
}

TEST_P(Elastic, AVectorIsSearchedFor) {
  static_cast<void>(run(*session_, "DELETE /vectors"));
  const auto made = run(
      *session_,
      opensearch()
          ? R"(PUT /vectors {"settings": {"index.knn": true, "number_of_replicas": 0}, "mappings": {"properties": {"t": {"type": "text"},
           "v": {"type": "knn_vector", "dimension": 2, "method": {"name": "hnsw", "engine": "lucene"}}}}})"
          : R"(PUT /vectors {"settings": {"number_of_replicas": 0}, "mappings": {"properties": {"t": {"type": "text"},
           "v": {"type": "dense_vector", "dims": 2, "similarity": "l2_norm"}}}})");
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(run(
      *session_,
      "POST /vectors/_bulk?refresh=true\n{\"index\":{\"_id\":\"a\"}}\n{\"v\":[0,1],\"t\":\"red\"}\n"
      "{\"index\":{\"_id\":\"b\"}}\n{\"v\":[5,5],\"t\":\"blue\"}"));
  auto near = operate(*session_, "search",
                      R"({"index": "vectors", "vector": [4, 5], "vector_field": "v", "size": 1})");
  ASSERT_TRUE(near) << near.error().message;
  EXPECT_THAT(*near, StartsWith("vectors|b|"));
  near = operate(
      *session_, "search",
      R"({"index": "vectors", "vector": [4, 5], "vector_field": "v", "text": "red", "fields": ["t"], "size": 2})");
  ASSERT_TRUE(near) << near.error().message;
  EXPECT_THAT(*near, HasSubstr("vectors|a|"));
  EXPECT_THAT(*near, HasSubstr("vectors|b|"));
  ASSERT_TRUE(run(*session_, "DELETE /vectors"));
}

// The certificates that the server shows, known by their files.
class ElasticPin : public testing::Test {
 protected:
  // Of the first certificate in the file of that name beside the authority's.
  std::string fingerprint(const std::string& name) const {
    std::ifstream file(folder_ + name);
    std::string line, text;
    while (std::getline(file, line) && line != "-----END CERTIFICATE-----")
      if (!line.starts_with("-----")) text += line;
    return hex(sha256(decode_base64(text).value()));
  }
  std::optional<Error> connect(const std::string& settings) const {
    auto session = connect_to(url_ + '?' + settings);
    return session ? std::nullopt : std::optional(session.error());
  }

  const std::string whole_ = server_url();
  const std::string url_ = whole_.substr(0, whole_.find('?'));
  const std::string file_ = whole_.substr(whole_.find("sslrootcert=") + 12);
  const std::string folder_ = file_.substr(0, file_.rfind('/') + 1);
};

TEST_F(ElasticPin, ACertificateIsKnownByItsFingerprint) {
  const std::string own = fingerprint("server.crt");
  const std::string authority = fingerprint("ca.crt");
  const std::string other = fingerprint("other-ca.crt");
  ASSERT_NE(own, authority);
  EXPECT_FALSE(connect("ssl_fingerprint=" + own));
  EXPECT_FALSE(connect("ssl_fingerprint=" + authority));
  EXPECT_FALSE(connect("ssl_fingerprint=" + authority + "&sslmode=verify-ca"));
  for (const char* mode : {"", "&sslmode=verify-ca", "&sslmode=require"}) {
    const auto refused = connect("ssl_fingerprint=" + other + mode);
    ASSERT_TRUE(refused) << mode;
    EXPECT_EQ(refused->code, Code::tls);
    EXPECT_THAT(refused->hint, HasSubstr("fingerprint"));
  }
  const auto both = connect("ssl_fingerprint=" + own + "&sslrootcert=" + file_);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->code, Code::invalid_config);
}

TEST_F(ElasticPin, TheHostIsCheckedAllTheSame) {
  std::string elsewhere = url_;
  elsewhere.replace(elsewhere.find("127.0.0.1"), 9, "127.0.0.2");
  const std::string pin = "?ssl_fingerprint=" + fingerprint("ca.crt");
  const auto refused = connect_to(elsewhere + pin);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::tls);
  EXPECT_TRUE(connect_to(elsewhere + pin + "&sslmode=verify-ca"));
}

INSTANTIATE_TEST_SUITE_P(Servers, OpenSearchAlone, testing::Values("DBOPS_TEST_OPENSEARCH"));
INSTANTIATE_TEST_SUITE_P(
    Servers, Elastic, testing::Values("DBOPS_TEST_ES", "DBOPS_TEST_OPENSEARCH"),
    [](const auto& each) {
      return std::string(each.param).substr(std::string_view("DBOPS_TEST_").size());
    });

}  // namespace
}  // namespace dbops::elasticsearch
