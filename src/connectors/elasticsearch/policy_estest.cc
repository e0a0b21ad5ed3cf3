// Rules of indices and masks of fields, on both servers: what is refused, and what is answered.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "connectors/elasticsearch/connector.h"
#include "connectors/elasticsearch/testing.h"
#include "core/catalog.h"
#include "core/loader.h"
#include "core/searcher.h"

namespace dbops::elasticsearch {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kAll = "/rules_people,rules_plain,rules_secret?ignore_unavailable=true";

class ElasticRules : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const auto session = connect_to(server_url(GetParam()));
    ASSERT_TRUE(session) << session.error().message;
    static_cast<void>(run(**session, std::string("DELETE ") + kAll));
    for (
        const char* text : {
            R"(PUT /rules_people {"settings": {"number_of_replicas": 0}, "mappings": {"properties": {
                  "name": {"type": "keyword"}, "age": {"type": "long"},
                  "email": {"type": "text", "copy_to": "all", "fields": {"raw": {"type": "keyword"}}},
                  "all": {"type": "text"}, "mail": {"type": "alias", "path": "email"},
                  "home": {"properties": {"street": {"type": "keyword"}}}}},
                "aliases": {"rules_staff": {}, "rules_old": {"filter": {"range": {"age": {"gt": 60}}}}}})",
            R"(PUT /rules_plain {"settings": {"number_of_replicas": 0}})",
            R"(PUT /rules_secret {"settings": {"number_of_replicas": 0},
                "aliases": {"rules_door": {}, "rules_staff": {}}})",
            "POST /_bulk?refresh=true\n"
            "{\"index\": {\"_index\": \"rules_people\", \"_id\": \"1\"}}\n"
            "{\"name\": \"Ada\", \"age\": 36, \"email\": \"ada@x\", \"home\": {\"street\": "
            "\"S\"}}\n"
            "{\"index\": {\"_index\": \"rules_plain\", \"_id\": \"1\"}}\n"
            "{\"n\": 1}\n"
            "{\"index\": {\"_index\": \"rules_secret\", \"_id\": \"1\"}}\n"
            "{\"key\": \"hidden\", \"ids\": [\"Ada\"]}\n"}) {
      const auto done = run(**session, text);
      ASSERT_TRUE(done) << text << ": " << done.error().message;
    }
  }
  void TearDown() override {
    if (const auto session = connect_to(server_url(GetParam())))
      static_cast<void>(run(**session, std::string("DELETE ") + kAll));
  }

  static bool opensearch() { return std::string_view(GetParam()).ends_with("OPENSEARCH"); }
  void under(AccessRules rules) {
    ConnectionOptions options;
    options.name = "r";
    options.url = Secret(server_url(GetParam()));
    options.tier = Tier::admin;
    options.access = *Access::make(std::move(rules));
    auto session = connector().connect({}, options);
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
  }
  std::string read(std::string_view text, Mode mode = Mode::read) {
    const auto answer = run(*session_, text, mode);
    return answer ? *answer : std::string(name(answer.error().code));
  }

  std::unique_ptr<Session> session_;
};

TEST_P(ElasticRules, ADenialHolds) {
  under({.deny = {"rules_secret"}});
  EXPECT_THAT(read("GET /rules_people/_search"), HasSubstr("Ada"));
  EXPECT_THAT(read("GET /rules_people,rules_plain/_search"), HasSubstr("{\"n\": 1}"));
  EXPECT_THAT(read("GET /rules_p*/_search"), HasSubstr("Ada"));
  EXPECT_EQ(read("GET /rules_people/_count?filter_path=count"), "1");
  EXPECT_THAT(read("GET /rules_people/_doc/1"), HasSubstr("Ada"));
  EXPECT_EQ(read("GET /rules_nothing/_search"), "not_found");
  if (!opensearch()) {
    EXPECT_EQ(read("FROM rules_people | KEEP name"), "Ada");
    EXPECT_EQ(read("FROM rules_p* | STATS n = COUNT(*)"), "2");
    EXPECT_EQ(read("FROM rules_people, rules_secret | KEEP key"), "forbidden");
    EXPECT_EQ(read("FROM rules_door"), "forbidden");
    EXPECT_EQ(read("FROM rules_*"), "forbidden");
  }
  for (const char* text : {
           "GET /rules_secret/_search",
           "GET /RULES_SECRET/_search",
           "GET /rules_secre*/_search",
           "GET /rules_*/_search",
           "GET /*/_search",
           "GET /_all/_search",
           "GET /_search",
           "GET /rules_people,rules_secret/_search",
           "GET /rules_door/_search",   // An alias of it alone,
           "GET /rules_staff/_search",  // and of both.
           "GET /rules_d*/_search",
           "GET /rules_people,rules_*,-rules_secret/_search",
           "GET /%72ules_secret/_search",
           "GET /<rules_secret>/_search",
           "GET /rules_secret/_doc/1",
           "GET /rules_door/_source/1",
           "GET /rules_secret/_mapping",
           "HEAD /rules_secret",
           "GET /_mget {\"docs\": [{\"_index\": \"rules_secret\", \"_id\": \"1\"}]}",
           "GET /rules_people/_mget {\"docs\": [{\"_index\": \"rules_door\", \"_id\": \"1\"}]}",
           "GET /_msearch\n{\"index\": \"rules_secret\"}\n{}",
           "GET /rules_people/_msearch\n{\"index\": \"rules_door\"}\n{}",
           R"(GET /rules_people/_search
              {"query": {"terms": {"name": {"index": "rules_secret", "id": "1", "path": "ids"}}}})",
           "GET /_cat/indices",
           "GET /_alias",
       })
    EXPECT_EQ(read(text), "forbidden") << text;
}

TEST_P(ElasticRules, AnAllowanceIsForItsIndicesOrTheirOtherName) {
  under({.allow = {"rules_people"}});
  EXPECT_THAT(read("GET /rules_people/_search"), HasSubstr("Ada"));
  EXPECT_EQ(read("GET /rules_old/_count?filter_path=count"), "0") << "a part of what is allowed";
  EXPECT_EQ(read("GET /rules_staff/_search"), "forbidden") << "more than what is allowed";
  EXPECT_EQ(read("GET /rules_plain/_search"), "forbidden");
  EXPECT_EQ(read("GET /rules_nothing/_search"), "forbidden");
  under({.allow = {"rules_old"}});
  EXPECT_EQ(read("GET /rules_old/_count?filter_path=count"), "0");
  EXPECT_EQ(read("GET /rules_people/_search"), "forbidden") << "all that the alias shows a part of";
  under({.allow = {"rules_staff"}, .deny = {"rules_secret"}});
  EXPECT_EQ(read("GET /rules_staff/_search"), "forbidden");
  under({.deny = {"rules_old"}});
  EXPECT_EQ(read("GET /rules_people/_search"), "forbidden") << "it holds what the alias shows";
}

TEST_P(ElasticRules, NothingIsWritten) {
  under({.deny = {"rules_secret"}});
  for (const char* text :
       {"POST /rules_plain/_doc {}", "DELETE /rules_plain",
        "POST /_bulk\n{\"index\": {\"_index\": \"rules_plain\"}}\n{}", "GET /rules_plain/_search"})
    EXPECT_EQ(read(text, Mode::write), "forbidden") << text;
  const LoadTarget target{.path = {"rules_plain"}};
  EXPECT_EQ(session_->loader()->plan({}, target).error().code, Code::forbidden);
  EXPECT_EQ(session_->loader()->start({}, target).error().code, Code::forbidden);
}

TEST_P(ElasticRules, AMaskedFieldStaysAtTheServer) {
  under({.masks = {"rules_people.email", "rules_people.\"home.street\""}});
  EXPECT_THAT(read("GET /rules_plain/_search"), HasSubstr("{\"n\": 1}"))
      << "nothing is masked here";
  EXPECT_THAT(read(R"(GET /rules_people/_search {"_source": ["name", "age"]})"),
              HasSubstr(R"({"name":"Ada","age":36})"));
  EXPECT_THAT(read(R"(GET /rules_people/_search {"_source": "name", "sort": ["age"],
                      "query": {"bool": {"filter": [{"term": {"name": "Ada"}}]}}})"),
              HasSubstr(R"({"name":"Ada"})"));
  EXPECT_EQ(read(R"(GET /rules_people/_count?filter_path=count {"query": {"term": {"age": 36}}})"),
            "1");
  EXPECT_THAT(read("GET /rules_people/_doc/1?_source_includes=name"), HasSubstr("Ada"));
  EXPECT_EQ(read("GET /rules_people/_source/1?_source=name"), "Ada");
  for (
      const char* text : {
          "GET /rules_people/_search",
          "GET /rules_p*/_search",
          "GET /rules_old/_search",
          R"(GET /rules_people/_search {"_source": ["email"]})",
          R"(GET /rules_people/_search {"_source": ["email.raw"]})",
          R"(GET /rules_people/_search {"_source": ["mail"]})",
          R"(GET /rules_people/_search {"_source": ["home"]})",
          R"(GET /rules_people/_search {"_source": ["home.street"]})",
          R"(GET /rules_people/_search {"_source": ["nam*"]})",
          R"(GET /rules_people/_search {"_source": ["all"]})",
          R"(GET /rules_people/_search {"_source": ["unheard_of"]})",
          R"(GET /rules_people/_count {"query": {"match": {"email": "ada"}}})",
          R"(GET /rules_people/_count {"query": {"prefix": {"email.raw": "a"}}})",
          R"(GET /rules_people/_count {"query": {"match": {"all": "ada"}}})",
          R"(GET /rules_people/_count {"query": {"match": {"mail": "ada"}}})",
          R"(GET /rules_people/_count {"query": {"match": {"*": "ada"}}})",
          R"(GET /rules_people/_count {"query": {"query_string": {"query": "email:a*"}}})",
          R"(GET /rules_people/_count {"query": {"multi_match": {"query": "ada"}}})",
          "GET /rules_people/_count?q=email:ada",
          R"(GET /rules_people/_search?sort=email.raw {"_source": false})",
          R"(GET /rules_people/_search?_source=email {"_source": false})",
          R"(GET /rules_people/_search {"_source": false, "sort": ["email.raw"]})",
          R"(GET /rules_people/_search {"_source": false, "docvalue_fields": ["email.raw"]})",
          R"(GET /rules_people/_search {"size": 0, "aggs": {"x": {"terms": {"field": "email.raw"}}}})",
          R"(GET /rules_people/_search {"_source": false, "script_fields": {"x": {"script": "1"}}})",
          "GET /rules_people/_doc/1",
          "GET /rules_people/_doc/1?_source=email",
          "GET /rules_people/_doc/1?_source_excludes=email",
          "GET /rules_people/_source/1",
          "GET /rules_people/_mget {\"ids\": [\"1\"]}",
          "GET /rules_people/_mapping",
          "GET /_msearch\n{\"index\": \"rules_people\"}\n{}",
      })
    EXPECT_EQ(read(text), "forbidden") << text;
  if (!opensearch()) {
    EXPECT_EQ(read("FROM rules_people | KEEP name"), "forbidden");
  }
}

// A search of every engine's kind: among the fields that are left, which are all that it shows.
TEST_P(ElasticRules, ASearchByWordsShowsWhatTheMaskLeaves) {
  under({.masks = {"rules_people.email", "rules_people.\"home.street\""}});
  const auto search = [&](const SearchRequest& request) -> std::string {
    auto found = session_->searcher()->search({}, request);
    if (!found) return std::string(name(found.error().code));
    const auto rows = read_all({}, **found);
    return rows ? *rows : std::string(name(rows.error().code));
  };
  SearchRequest request;
  request.path = {"rules_people"};
  request.text = "Ada";
  EXPECT_THAT(search(request), HasSubstr(R"({"name":"Ada","age":36})"));
  for (const char* hidden : {"ada@x", "x", "S"}) {
    request.text = hidden;
    EXPECT_EQ(search(request), "") << hidden;
  }
  request.text = "ada";
  for (const char* masked : {"email", "email.raw", "mail", "all", "home.street"}) {
    request.fields = {masked};
    EXPECT_EQ(search(request), "forbidden") << masked;
  }
  request.fields = {"unheard_of"};
  EXPECT_EQ(search(request), "not_found");
  request.path = {"rules_p*"};
  request.fields = {};
  EXPECT_EQ(search(request), "unsupported") << "no field is in all of them";
}

TEST_P(ElasticRules, ACheckedQueryUnderAMask) {
  ASSERT_TRUE(
      run(*connect_to(server_url(GetParam())).value(),
          R"(PUT /rules_people/_alias/rules_a {"filter": {"prefix": {"email.raw": "a"}}})"));
  under({.masks = {"rules_people.email"}});
  const auto explain = [&](std::string_view text, bool analyze) -> std::string {
    const Script script = *connector().dialect().parse(text);
    const auto plan = session_->explainer()->explain({}, script, {}, analyze, Mode::read);
    return plan ? plan->text : std::string(name(plan.error().code));
  };
  const std::string good = R"({"_source": ["name"], "query": {"term": {"name": "Ada"}}})";
  EXPECT_THAT(explain("GET /rules_people/_search " + good, false), HasSubstr("name:Ada"));
  EXPECT_THAT(explain("GET /rules_a/_search " + good, false), Not(HasSubstr("ada@x")))
      << "the terms that the alias' own filter stands for";
  EXPECT_EQ(explain("GET /rules_people/_search " + good, true), "forbidden");
  EXPECT_EQ(
      explain(R"(GET /rules_people/_search {"query": {"prefix": {"email.raw": "a"}}})", false),
      "forbidden");
  EXPECT_EQ(explain(R"(GET /rules_people/_search {"_source": ["name"],
                       "query": {"prefix": {"email.raw": "a"}}})",
                    false),
            "forbidden");
}

TEST_P(ElasticRules, FiguresOfFieldsThatAreNotMasked) {
  under({.masks = {"rules_people.email"}});
  for (const char* text :
       {R"(GET /rules_people/_search?size=1 {"size": 0})",
        R"(GET /rules_people/_search?%73ize=1 {"size": 0})",
        R"(GET /rules_people/_search {"size": 0, "size": 1})",
        R"(GET /rules_people/_search {"size": 0.5})", R"(GET /rules_people/_search {"size": "0"})",
        R"(GET /rules_people/_search {"size": [0]})",
        R"(GET /rules_people/_search?scroll=1m {"size": 0})",
        R"(GET /rules_people/_search {"size": 0, "aggs": {"x": {"max": {"field": "email.raw"}}}})"})
    EXPECT_EQ(read(text), "forbidden") << text;
  EXPECT_EQ(read(R"(GET /rules_people/_search {"size": 0,
                    "aggs": {"names": {"terms": {"field": "name"},
                             "aggs": {"oldest": {"max": {"field": "age"}}}}}})"),
            "Ada|1|36");
  for (const char* aggregation :
       {R"({"terms": {"field": "email.raw"}})", R"({"terms": {"field": "mail"}})",
        R"({"filter": {"prefix": {"email.raw": "a"}}})",
        R"({"terms": {"field": "name"}, "aggs": {"y": {"terms": {"field": "email.raw"}}}})",
        R"({"top_hits": {}})"})
    EXPECT_EQ(read(std::string(R"(GET /rules_people/_search {"_source": false, "aggs": {"x": )") +
                   aggregation + "}}"),
              "forbidden")
        << aggregation;
}

TEST_P(ElasticRules, ARuleThatWouldNeverFitIsRefused) {
  ConnectionOptions options;
  options.name = "r";
  options.url = Secret(server_url(GetParam()));
  for (const AccessRules& rules : {AccessRules{.deny = {"logs.app"}}, AccessRules{.allow = {"a.b"}},
                                   AccessRules{.masks = {"people.user.email"}}}) {
    options.access = *Access::make(rules);
    EXPECT_EQ(connector().check(options).error().code, Code::invalid_config);
    EXPECT_EQ(connector().connect({}, options).error().code, Code::invalid_config);
  }
  options.access = *Access::make({.deny = {"\"logs.app\"", "main.x"}, .masks = {"a.\"b.c\""}});
  EXPECT_TRUE(connector().check(options));
}

TEST_P(ElasticRules, ANearNameThatIsHiddenIsNotSaid) {
  const auto hint = [&](std::string_view text) {
    const auto answer = run(*session_, text, Mode::read);
    return answer ? "answered" : answer.error().hint;
  };
  under({.deny = {"rules_secret"}});
  EXPECT_EQ(hint("GET /rules_plai/_search"), "did you mean rules_plain?");
  for (const char* near : {"rules_secre", "rules_dor", "rules_staf"})
    for (const char* hidden : {"rules_secret", "rules_door", "rules_staff"})
      EXPECT_THAT(hint("GET /" + std::string(near) + "/_search"), Not(HasSubstr(hidden)));
}

TEST_P(ElasticRules, WhatIsHiddenIsNotListed) {
  under({.deny = {"rules_secret"}});
  const auto listing = session_->catalog()->list({}, {}, {.pattern = "rules_*"});
  ASSERT_TRUE(listing);
  std::string names;
  for (const Item& item : listing->items) {
    EXPECT_TRUE(item.keeps_rows);
    names += item.path[0] + " ";
  }
  EXPECT_EQ(names, "rules_people rules_plain rules_old ");
  for (const Item& item : listing->items) EXPECT_THAT(item.signature, Not(HasSubstr("of ")));
  const auto fields = session_->catalog()->list({}, {}, {.pattern = "key*"});
  ASSERT_TRUE(fields);
  for (const Item& item : fields->items) EXPECT_NE(item.path[0], "rules_secret");
  for (const char* name : {"rules_secret", "rules_door", "rules_staff", "rules_*"}) {
    EXPECT_EQ(session_->catalog()->describe({}, {{name}}).error().code, Code::forbidden) << name;
    EXPECT_EQ(session_->catalog()->list({}, {name}, {}).error().code, Code::forbidden) << name;
  }
  EXPECT_TRUE(session_->catalog()->describe({}, {{"rules_people"}}));
}

INSTANTIATE_TEST_SUITE_P(Servers, ElasticRules,
                         testing::Values("DBOPS_TEST_ES", "DBOPS_TEST_OPENSEARCH"),
                         [](const auto& each) {
                           return std::string(each.param).substr(std::size("DBOPS_TEST_") - 1);
                         });

}  // namespace
}  // namespace dbops::elasticsearch
