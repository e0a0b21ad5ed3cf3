#include "connectors/elasticsearch/endpoints.h"
#include "connectors/elasticsearch/paths.h"

#include <gtest/gtest.h>

namespace dbops::elasticsearch {
namespace {

std::string tier_of(std::string_view method, std::string_view path) {
  const auto found = classify(method, path);
  return found ? std::string(name(found->tier)) : std::string(name(found.error().code));
}

TEST(Endpoints, KnowReads) {
  for (const char* path :
       {"/", "/a", "/_search", "/a/_search?size=1", "/a,b*/_search", "/_all/_count",
        "/_cat/indices/a", "/a/_doc/1", "/a/_doc/_bulk", "/%61/_search", "/a/_mapping",
        "/_nodes/n1/hot_threads", "/_cluster/health/a?level=shards",
        "/%3Clogs-%7Bnow%2Fd%7D%3E/_search", "/größe/_search"})
    EXPECT_EQ(tier_of("GET", path), "read") << path;
  EXPECT_EQ(tier_of("POST", "/_query"), "read");
  EXPECT_EQ(tier_of("HEAD", "/a/_source/1"), "read");
  EXPECT_EQ(tier_of("DELETE", "/_pit"), "read");
}

TEST(Endpoints, KnowWrites) {
  EXPECT_EQ(tier_of("POST", "/_bulk"), "write");
  EXPECT_EQ(tier_of("PUT", "/a/_doc/1"), "write");
  EXPECT_EQ(tier_of("POST", "/a/_update/1"), "write");
  EXPECT_EQ(tier_of("PUT", "/a"), "write");
  EXPECT_EQ(tier_of("GET", "/a/_refresh"), "write");
  EXPECT_EQ(classify("POST", "/a/_delete_by_query")->danger,
            "_delete_by_query removes every document of a that its query matches");
  EXPECT_EQ(classify("DELETE", "/logs")->danger,
            "DELETE removes the index logs with all its documents");
  EXPECT_EQ(tier_of("PUT", "/_data_stream/logs"), "write");
}

// Whatever the tier, and whoever would confirm it.
TEST(Endpoints, NothingIsDeletedByAPattern) {
  for (const char* path : {"/*",
                           "/_all",
                           "/logs-*",
                           "/a,b*",
                           "/%2A",
                           "/a%2a",
                           "/%5Fall",
                           "/*,-a",
                           "/a*?expand_wildcards=all",
                           "/_data_stream/*",
                           "/_data_stream/logs-*",
                           "/a,_all",
                           "/_index_template/*",
                           "/_template/a*",
                           "/_component_template/*",
                           "/_ingest/pipeline/*",
                           "/_snapshot/*",
                           "/_snapshot/r/s*",
                           "/_snapshot/r/_all",
                           "/a/_alias/*",
                           "/a*/_alias/b",
                           "/*/_aliases/_all",
                           "/_search/scroll/_all",
                           "/_data_stream/*/_lifecycle",
                           "/_nosuch/*"})
    EXPECT_EQ(tier_of("DELETE", path), "forbidden") << path;
  EXPECT_EQ(tier_of("DELETE", "/a,b"), "admin");
  EXPECT_EQ(tier_of("DELETE", "/a/_doc/*"), "write") << "a document whose id that is";
}

// What the table has no word for is confirmed, unless it only looks.
TEST(Endpoints, WhatMayRemoveIsConfirmed) {
  for (const auto& [method, path] :
       std::vector<std::pair<const char*, const char*>>{{"DELETE", "/a"},
                                                        {"DELETE", "/a,b"},
                                                        {"DELETE", "/"},
                                                        {"DELETE", "/_index_template/a"},
                                                        {"DELETE", "/_scripts/a"},
                                                        {"DELETE", "/a/_aliases/b"},
                                                        {"DELETE", "/_transform/a"},
                                                        {"DELETE", "/_plugins/_ism/policies/a"},
                                                        {"PUT", "/_ilm/policy/a"},
                                                        {"PUT", "/_data_stream/a/_lifecycle"},
                                                        {"POST", "/_reindex"},
                                                        {"POST", "/*/_delete_by_query"},
                                                        {"POST", "/_all/_update_by_query"},
                                                        {"POST", "/_snapshot/a/_cleanup"},
                                                        {"POST", "/_nosuch"},
                                                        {"PATCH", "/a"}})
    EXPECT_NE(classify(method, path)->danger, "") << method << ' ' << path;
  for (const auto& [method, path] : std::vector<std::pair<const char*, const char*>>{
           {"GET", "/_nosuch"}, {"POST", "/a/_open"}, {"PUT", "/_index_template/a"}})
    EXPECT_EQ(classify(method, path)->danger, "") << method << ' ' << path;
}

// An answer that is stored is read; to store one, or remove it, is a write.
TEST(Endpoints, KnowAsynchronousQueries) {
  EXPECT_EQ(tier_of("POST", "/_query/async"), "write");
  EXPECT_EQ(tier_of("GET", "/_query/async/x"), "read");
  EXPECT_EQ(tier_of("DELETE", "/_query/async/x"), "write");
  EXPECT_EQ(tier_of("POST", "/_query/async/x/stop"), "write");
  EXPECT_EQ(tier_of("POST", "/_query/async/x"), "admin");
  EXPECT_EQ(tier_of("GET", "/_query/async/x/stop"), "admin");
}

// What is not in the table, or is spelled so that it might pass for what is.
TEST(Endpoints, EverythingElseNeedsAdmin) {
  for (const char* path :
       {"/_bulk", "/_security/user", "/_scripts/x", "/_cluster/state", "/a/_nosuch", "/_nosuch",
        "/_async_search", "/a/_search/x/y", "/%5Fbulk", "/a/%5Fbulk", "/_searchx", "/a/b/_search"})
    EXPECT_EQ(tier_of("GET", path), "admin") << path;
  for (const char* path : {"/_search/../_bulk", "//_bulk", "/a/", "/.", "/a/./_search", "/%2e%2e/x",
                           "/a%", "/a%2", "/a%zz", "/%00", "a", ""})
    EXPECT_EQ(tier_of("POST", path), "invalid_argument") << path;
  EXPECT_EQ(tier_of("DELETE", "/a"), "admin");
  EXPECT_EQ(tier_of("PATCH", "/_search"), "admin");
  EXPECT_EQ(tier_of("GET POST", "/_search"), "admin");
  EXPECT_EQ(tier_of("", "/_search"), "admin");
  EXPECT_EQ(tier_of("POST", "/a%2F_search"), "admin");
}

TEST(Endpoints, SayWhatAnUnknownOneIsNearTo) {
  const auto reason = [](const char* path) { return classify("GET", path)->reason; };
  EXPECT_EQ(reason("/a/_serch"),
            "GET _serch is not known to only read, or change documents (did you mean _search?)");
  for (const char* path : {"/_nosuch", "/a/_search/x/y"})
    EXPECT_EQ(reason(path).find("did you mean"), std::string::npos) << path;
}

TEST(Endpoints, NamesBecomePartsOfAPath) {
  EXPECT_EQ(encode_segment("a-b_c.1"), "a-b_c.1");
  EXPECT_EQ(encode_segment("a/b c%?#é"), "a%2Fb%20c%25%3F%23%C3%A9");
  EXPECT_EQ(split_target("/" + encode_segment("a/b c%?#é")).value()[0], "a/b c%?#é");
  EXPECT_EQ(query_value("/a?x=1&scroll=1%6d", "scroll"), "1m");
  EXPECT_EQ(query_value("/a?xscroll=1", "scroll"), "");
}

}  // namespace
}  // namespace dbops::elasticsearch
