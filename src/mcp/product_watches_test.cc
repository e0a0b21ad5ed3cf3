// Subscriptions to schema documents, over the fake connector, in both eras.
#include "mcp/product_watches.h"

#include <boost/json/object.hpp>

#include "core/grants.h"
#include "fakes/ops_fixture.h"
#include "mcp/product.h"
#include "mcp/testing/conversation.h"
#include "mcp/testing/fake_tools.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;
using mcp::testing::caller_with;
using mcp::testing::code_of;
using mcp::testing::Conversation;
using mcp::testing::legacy;
using mcp::testing::modern;
using mcp::testing::parse;
using mcp::testing::Recorder;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using Path = std::vector<std::string>;
using Places = std::vector<Watcher::Place>;

bool everything(std::span<const std::string>) { return true; }

Access access_of(AccessRules rules) {
  auto access = Access::make(std::move(rules));
  EXPECT_TRUE(access);
  return access ? *access : Access();
}

TEST(IsAbout, APathIsAboutItselfAndWhatIsInIt) {
  const Places table = {{"public", "t"}};
  const Places schema = {{"public"}};
  const Places anywhere = {{}};
  const struct {
    Path path;
    bool table, schema, anywhere;
  } cases[] = {
      {{}, true, true, true},
      {{"public"}, true, true, true},
      {{"t"}, true, true, true},  // A table in any schema.
      {{"public", "t"}, true, true, true},
      {{"public", "u"}, false, true, true},
      {{"other", "t"}, false, false, true},
      {{"u"}, false, true, true},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(format_path(each.path));
    EXPECT_EQ(is_about(each.path, table, everything), each.table);
    EXPECT_EQ(is_about(each.path, schema, everything), each.schema);
    EXPECT_EQ(is_about(each.path, anywhere, everything), each.anywhere);
  }
  EXPECT_FALSE(is_about({}, Places(), everything));
}

TEST(IsAbout, WhatThePolicyHidesIsNotToldOf) {
  const Access access = access_of({.deny = {"public.hidden"}});
  const Shown shown = [&](std::span<const std::string> path) {
    return path.size() < 2 || access.table(path[0], path[1], Access::Case::counts);
  };
  EXPECT_FALSE(is_about({}, {{"public", "hidden"}}, shown));
  EXPECT_TRUE(is_about({}, {{"public", "hidden"}, {"public", "t"}}, shown));
  EXPECT_FALSE(is_about({"public", "hidden"}, {{"public"}}, shown));
  EXPECT_FALSE(is_about({"public", "hidden"}, {{}}, shown));
}

constexpr std::string_view kUpdated = "notifications/resources/updated";

class DocumentsTest : public ops::OpsTest {
 protected:
  DocumentsTest() { server_.changes.offered = true; }
  static std::shared_ptr<Recorder> listen(Conversation& talk, std::string_view uris) {
    return talk.send(
        modern("7", "subscriptions/listen",
               R"("notifications":{"resourceSubscriptions":[)" + std::string(uris) + "]}"));
  }
  static json::value subscribe(Conversation& talk, const std::string& uri) {
    return talk.ask(legacy("1", "resources/subscribe", R"({"uri":")" + uri + "\"}"));
  }

  std::unique_ptr<Server> product_ = make_product_server(workspace_, {});
  Conversation talk_{*product_};
};

TEST_F(DocumentsTest, AModernClientHearsOfChanges) {
  const auto stream =
      listen(talk_, R"("dbops://db/public.t","dbops://db/public.u","result://x/1")");
  const json::value acknowledged = parse(stream->message(0)).at("params");
  EXPECT_EQ(acknowledged.at_pointer("/notifications/resourceSubscriptions"),
            parse(R"(["dbops://db/public.t","dbops://db/public.u"])"));
  EXPECT_THAT(acknowledged.at("_meta").at("dbops/refused").at("result://x/1").as_string(),
              HasSubstr("only schema documents"));
  server_.changes.tell({{"public", "t"}});
  EXPECT_EQ(parse(stream->message(1)).at_pointer("/params/uri"), "dbops://db/public.t");
  EXPECT_THAT(stream->messages(), SizeIs(2));
}

TEST_F(DocumentsTest, ALegacyClientHearsOfChanges) {
  const auto stream = std::make_shared<Recorder>();
  talk_.client().attach(stream);
  talk_.begin("2025-11-25");
  EXPECT_EQ(code_of(subscribe(talk_, "dbops://db/")), 0);
  server_.changes.tell({{"public", "t"}});
  EXPECT_THAT(stream->message(0), HasSubstr(kUpdated));
  EXPECT_EQ(parse(stream->message(0)).at_pointer("/params/uri"), "dbops://db/");
}

TEST_F(DocumentsTest, ASubscriptionThatCanNotBeSaysTheNextStep) {
  server_.changes.refuse(
      Error{.code = Code::unsupported, .message = "it tells nobody", .hint = "install it"});
  talk_.begin("2025-11-25");
  const json::value refused = subscribe(talk_, "dbops://db/");
  EXPECT_EQ(code_of(refused), kInvalidParams) << "it is the connection that was asked for";
  EXPECT_EQ(refused.at_pointer("/error/data/code"), "unsupported");
  EXPECT_EQ(refused.at_pointer("/error/data/hint"), "install it");
  EXPECT_EQ(code_of(subscribe(talk_, "dbops://nothing/")), kInvalidParams);
  EXPECT_EQ(code_of(subscribe(talk_, "test://a")), kInvalidParams);
  const auto stream = listen(talk_, R"("dbops://db/")");
  EXPECT_EQ(parse(stream->message(0)).at_pointer("/params/notifications"), parse("{}"));
  EXPECT_THAT(stream->message(0), HasSubstr("install it"));
  EXPECT_EQ(parse(stream->reply().body).at_pointer("/result/resultType"), "complete");
}

TEST_F(DocumentsTest, NobodySubscribesToWhatIsNotThereForThem) {
  Conversation ada(*product_, caller_with("db:read:other"));
  ada.begin("2025-11-25");
  EXPECT_EQ(code_of(subscribe(ada, "dbops://db/")), kInvalidParams);
  EXPECT_EQ(server_.sessions, 0);
  EXPECT_EQ(code_of(subscribe(ada, "dbops://other/")), 0);
}

TEST_F(DocumentsTest, WhoLosesTheConnectionHearsNothingMore) {
  Conversation ada(*product_, caller_with("db:read:db"));
  const auto to_ada = std::make_shared<Recorder>();
  const auto to_all = std::make_shared<Recorder>();
  ada.client().attach(to_ada);
  talk_.client().attach(to_all);
  for (Conversation* talk : {&ada, &talk_}) {
    talk->begin("2025-11-25");
    EXPECT_EQ(code_of(subscribe(*talk, "dbops://db/")), 0);
  }
  ada.client().renew(caller_with("db:read:other").grants);
  server_.changes.tell({{"public", "t"}});
  // Ada began first, and is told first.
  EXPECT_THAT(to_all->message(0), HasSubstr(kUpdated));
  EXPECT_THAT(to_ada->messages(), SizeIs(0));
}

TEST_F(DocumentsTest, TheCapabilityIsSaidToWhoCanUseIt) {
  const auto capability = [&](const char* scope) {
    Conversation ada(*product_, caller_with(scope));
    const json::value answer = ada.ask(modern("1", "server/discover"));
    return answer.at_pointer("/result/capabilities/resources").as_object().contains("subscribe");
  };
  EXPECT_TRUE(capability("db:read"));
  EXPECT_FALSE(capability("db:read:nothing"));
  server_.changes.offered = false;
  EXPECT_FALSE(capability("db:read"));
}

}  // namespace
}  // namespace dbops::mcp
