// Resources, prompts, completion and paging over declarations of the test's own.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "mcp/mirror.h"
#include "mcp/paging.h"
#include "mcp/prompts.h"
#include "mcp/resources.h"
#include "mcp/testing/conversation.h"
#include "mcp/testing/fake_tools.h"
#include "mcp/tools.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;
using mcp::testing::code_of;
using mcp::testing::Conversation;
using mcp::testing::legacy;
using mcp::testing::modern;
using mcp::testing::parse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr size_t kResources = 2 * kListPage + 5;

ReadOutcome one_text(std::string uri, std::string text) {
  return std::vector{
      ResourceContents{.uri = std::move(uri), .mime_type = "text/plain", .data = std::move(text)}};
}

ResourceLists make_resources() {
  std::vector<Resource> resources;
  for (size_t i = 0; i < kResources; ++i) {
    const std::string uri = "test://" + std::to_string(i);
    resources.push_back({.uri = uri, .name = std::to_string(i), .read = [uri](Call&) {
                           return one_text(uri, uri);
                         }});
  }
  ResourceLists lists;
  lists.resources = [resources](const Context&) { return resources; };
  lists.templates.push_back(
      {.uri_template = "test://{kind}/{+rest}",
       .name = "all",
       .read =
           [](Call&, const Variables& variables) {
             return one_text("test://x", std::string(value_of(variables, "kind")) + "|" +
                                             std::string(value_of(variables, "rest")));
           },
       .completers = {{"kind",
                       [](Call&, std::string_view typed, const Variables&) {
                         return matching({"Table", "table2", "a table", "view"}, typed);
                       }},
                      {"rest", [](Call&, std::string_view, const Variables& others) {
                         return std::vector<std::string>(kCompletionsMax + 1,
                                                         std::string(value_of(others, "kind")));
                       }}}});
  return lists;
}

std::vector<Prompt> make_prompts() {
  std::vector<Prompt> prompts;
  prompts.push_back({.name = "greet",
                     .title = "Greet",
                     .description = "Greets.",
                     .arguments = {{.name = "name", .description = "Whom.", .required = true},
                                   {.name = "tone", .description = "How."}},
                     .run = [](Call&, const Variables& given) -> PromptOutcome {
                       std::vector<PromptMessage> messages;
                       messages.push_back({.content = Text{"hello " + given.at("name")}});
                       messages.push_back({.content = Media{.mime_type = "image/png", .bytes = "x"},
                                           .from_assistant = true});
                       return messages;
                     }});
  return prompts;
}

class OffersTest : public ::testing::Test {
 protected:
  OffersTest() {
    Completions completions;
    add_resources(server_, make_resources(), completions);
    add_prompts(server_, make_prompts(), completions);
    add_completions(server_, std::move(completions));
  }
  json::value complete(std::string_view ref, std::string_view argument,
                       std::string_view context = "{}") {
    return talk_.ask(modern("1", "completion/complete",
                            "\"ref\":" + std::string(ref) + ",\"argument\":" +
                                std::string(argument) + ",\"context\":" + std::string(context)));
  }

  Server server_{ServerSettings{}};
  Conversation talk_{server_};
};

TEST_F(OffersTest, ListsComeInPages) {
  std::vector<std::string> uris;
  std::string params;
  for (int pages = 1;; ++pages) {
    const json::value answer = talk_.ask(modern("1", "resources/list", params));
    const json::object& result = answer.at("result").as_object();
    EXPECT_TRUE(result.contains("ttlMs"));
    for (const json::value& one : result.at("resources").as_array())
      uris.emplace_back(one.at("uri").as_string());
    if (!result.contains("nextCursor")) {
      EXPECT_EQ(pages, 3);
      break;
    }
    params = "\"cursor\":" + json::serialize(result.at("nextCursor"));
  }
  ASSERT_EQ(uris.size(), kResources);
  EXPECT_EQ(uris.front(), "test://0");
  EXPECT_EQ(uris.back(), "test://204");
}

TEST_F(OffersTest, CursorsOfOthersAreRefused) {
  const std::string first =
      json::serialize(talk_.ask(modern("1", "resources/list")).at_pointer("/result/nextCursor"));
  for (const std::string& cursor : {std::string(R"("")"), std::string(R"("x")"), std::string("7"),
                                    std::string(R"("cmVzb3VyY2VzOjE=")"),       // resources:1
                                    std::string(R"("cmVzb3VyY2VzOjkwMA==")")})  // resources:900
    EXPECT_EQ(code_of(talk_.ask(modern("1", "resources/list", "\"cursor\":" + cursor))),
              kInvalidParams)
        << cursor;
  EXPECT_EQ(code_of(talk_.ask(modern("1", "prompts/list", "\"cursor\":" + first))), kInvalidParams);
}

TEST_F(OffersTest, ReadsResourcesAndTemplates) {
  const auto read = [&](std::string_view uri) {
    return talk_.ask(modern("1", "resources/read", "\"uri\":\"" + std::string(uri) + "\""));
  };
  EXPECT_EQ(read("test://7").at_pointer("/result/contents/0/text"), "test://7");
  EXPECT_EQ(read("test://a%20b/c/d%2fe").at_pointer("/result/contents/0/text"), "a b|c/d/e");
  EXPECT_EQ(read("test://a/").at_pointer("/result/contents/0/text"), "a|");
  for (const std::string_view uri : {"test://999", "other://a/b", "test://a%zz/b", "test:///b"}) {
    const json::value answer = read(uri);
    EXPECT_EQ(code_of(answer), kInvalidParams) << uri;
    EXPECT_EQ(answer.at_pointer("/error/data/uri").as_string(), uri);
  }
  EXPECT_EQ(code_of(talk_.ask(modern("1", "resources/read"))), kInvalidParams);
}

TEST_F(OffersTest, LegacyHasItsOwnCodeAndNoSubscriptionsUnasked) {
  talk_.begin("2025-11-25");
  EXPECT_EQ(code_of(talk_.ask(legacy("1", "resources/read", R"({"uri":"test://999"})"))), -32002);
  EXPECT_EQ(code_of(talk_.ask(legacy("2", "resources/subscribe", R"({"uri":"test://1"})"))),
            kMethodNotFound);
  const json::value listed = talk_.ask(legacy("3", "resources/templates/list"));
  EXPECT_EQ(listed.at_pointer("/result/resourceTemplates/0/uriTemplate"), "test://{kind}/{+rest}");
  EXPECT_FALSE(listed.at("result").as_object().contains("ttlMs"));
}

TEST_F(OffersTest, PromptsCheckTheirArguments) {
  const auto get = [&](std::string_view params) {
    return talk_.ask(modern("1", "prompts/get", params));
  };
  const json::value answer = get(R"("name":"greet","arguments":{"name":"ada"})");
  EXPECT_EQ(answer.at_pointer("/result/messages/0/content/text"), "hello ada");
  EXPECT_EQ(answer.at_pointer("/result/messages/0/role"), "user");
  EXPECT_EQ(answer.at_pointer("/result/messages/1"),
            parse(R"({"role":"assistant","content":{"type":"image","data":"eA==",)"
                  R"("mimeType":"image/png"}})"));
  for (const std::string_view params :
       {R"("name":"greet")", R"("name":"greet","arguments":{"name":""})",
        R"("name":"greet","arguments":{"name":"a","tune":"b"})",
        R"("name":"greet","arguments":{"name":7})", R"("name":"greet","arguments":[])",
        R"("name":"great","arguments":{"name":"a"})", R"("arguments":{})"})
    EXPECT_EQ(code_of(get(params)), kInvalidParams) << params;
  EXPECT_THAT(json::serialize(get(R"("name":"greet","arguments":{"name":"a","tune":"b"})")),
              HasSubstr("tone"));
}

TEST_F(OffersTest, CompletesByWhatWasTyped) {
  constexpr std::string_view kRef = R"({"type":"ref/resource","uri":"test://{kind}/{+rest}"})";
  EXPECT_EQ(complete(kRef, R"({"name":"kind","value":"ta"})").at_pointer("/result/completion"),
            parse(R"({"values":["Table","table2","a table"],"total":3,"hasMore":false})"));
  const json::value many =
      complete(kRef, R"({"name":"rest","value":""})", R"({"arguments":{"kind":"view"}})");
  const json::object& completion = many.at_pointer("/result/completion").as_object();
  EXPECT_EQ(completion.at("values").as_array().size(), kCompletionsMax);
  EXPECT_EQ(completion.at("values").as_array()[0], "view");
  EXPECT_FALSE(completion.contains("total")) << "a completer may have stopped at a bound";
  EXPECT_EQ(completion.at("hasMore"), true);
  // An argument that has nothing to propose.
  EXPECT_EQ(complete(R"({"type":"ref/prompt","name":"greet"})", R"({"name":"tone","value":"x"})")
                .at_pointer("/result/completion/total"),
            0);
}

TEST_F(OffersTest, CompletionRefusals) {
  constexpr std::string_view kName = R"({"name":"name","value":""})";
  EXPECT_EQ(code_of(complete(R"({"type":"ref/prompt","name":"great"})", kName)), kInvalidParams);
  EXPECT_EQ(code_of(complete(R"({"type":"ref/tool","name":"greet"})", kName)), kInvalidParams);
  EXPECT_EQ(code_of(complete("7", kName)), kInvalidParams);
  EXPECT_EQ(code_of(complete(R"({"type":"ref/prompt","name":"greet"})",
                             R"({"name":"other","value":""})")),
            kInvalidParams);
  EXPECT_EQ(code_of(complete(R"({"type":"ref/prompt","name":"greet"})", R"({"name":"name"})")),
            kInvalidParams);
  EXPECT_EQ(code_of(complete(R"({"type":"ref/prompt","name":"greet"})", kName,
                             R"({"arguments":{"a":1}})")),
            kInvalidParams);
}

TEST(Content, WhatARevisionDoesNotKnowIsSaidInWords) {
  const auto written = [](const Content& content, Revision revision) {
    std::string text;
    JsonWriter writer(text);
    write_content(content, revision, writer);
    return parse(text);
  };
  const Media sound{.kind = Media::Kind::audio, .mime_type = "audio/wav", .bytes = "abc"};
  EXPECT_EQ(written(sound, Revision::v2024_11_05).at("text"), "[audio/wav, 3 B]");
  EXPECT_EQ(written(sound, Revision::v2025_03_26).at("data"), "YWJj");
  const ResourceLink link{.uri = "test://a", .name = "a", .mime_type = "text/csv", .size = 7};
  EXPECT_EQ(written(link, Revision::v2025_03_26).at("text"), "a: test://a");
  EXPECT_EQ(written(link, Revision::v2026_07_28),
            parse(R"({"type":"resource_link","uri":"test://a","name":"a","mimeType":"text/csv",)"
                  R"("size":7})"));
  const ResourceContents bytes{.uri = "test://b", .data = std::string("\0\xff", 2), .binary = true};
  EXPECT_EQ(written(bytes, Revision::v2025_11_25),
            parse(R"({"type":"resource","resource":{"uri":"test://b","blob":"AP8="}})"));
}

TEST(Mirrors, OnlyWhatPropertiesReach) {
  const auto mirrors = read_mirrors(
      R"({"type":"object","properties":{"a":{"type":"string","x-mcp-header":"A"},)"
      R"("b":{"type":"object","properties":{"c":{"type":"integer","x-mcp-header":"C"}}},)"
      R"("d":{"type":"array","x-mcp-header":"D"},)"
      R"("e":{"anyOf":[{"type":"string","x-mcp-header":"E"}]}}})");
  std::vector<std::string> headers;
  for (const Mirror& mirror : mirrors) headers.push_back(mirror.header);
  EXPECT_THAT(headers, ElementsAre("A", "C"));
  const json::value given = parse(R"({"a":null,"b":{"c":5}})");
  const auto params = find_mirrored(mirrors, &given.as_object());
  ASSERT_EQ(params.size(), 2u);
  EXPECT_EQ(params[0].value, nullptr);
  EXPECT_EQ(*params[1].value, 5);
  EXPECT_EQ(find_mirrored(mirrors, nullptr)[1].value, nullptr);
}

}  // namespace
}  // namespace dbops::mcp
