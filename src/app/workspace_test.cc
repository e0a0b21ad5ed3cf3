#include "app/workspace.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/bytes.h"
#include "base/file.h"

namespace dbops::app {
namespace {

Config config_of(std::string_view text) {
  auto config = parse_config(std::string("[audit]\nenabled = false\n") + std::string(text), "/tmp");
  if (!config) {
    ADD_FAILURE() << format_problem("f", config.error()[0]);
    return {};
  }
  config->file = "f";
  return std::move(*config);
}

constexpr const char* kTwo =
    "[connections.main]\nurl = \"sqlite:/a.db\"\n[connections.shop]\nurl = "
    "\"postgresql://h/shop\"\n";

std::string said(const Result<Setup>& setup) {
  return setup ? "fine" : setup.error().message + " | " + setup.error().hint;
}

Tier tier_of(const Setup& setup, const std::string& name) {
  const auto found = setup.workspace->connections().find(name);
  EXPECT_TRUE(found) << name;
  return found ? (*found)->options().tier : Tier::read;
}

TEST(Workspace, NamesComeFromUrls) {
  EXPECT_EQ(name_for("flights.db"), "flights");
  EXPECT_EQ(name_for("sqlite:/data/my flights.sqlite3"), "my_flights");
  EXPECT_EQ(name_for("postgresql://me:pw@h:5432/shop?sslmode=require"), "shop");
  EXPECT_EQ(name_for("postgresql://h"), "h");
  EXPECT_EQ(name_for("postgresql:///"), "db");
  EXPECT_EQ(name_for("redis://:pw@h:6379/0"), "redis");
  EXPECT_EQ(name_for("redis+sentinel://h:26379"), "redis");
  EXPECT_EQ(name_for("elasticsearch+https://h:9200"), "elasticsearch");
  // What may be a piece of a password that was not encoded names nothing.
  for (const char* url : {"postgresql://u:SEK/RET5?x=y@h", "postgresql://u:SECRET",
                          "postgresql://u:SEK/RET@h/shop", "postgresql://h:SECRET/shop"})
    EXPECT_EQ(name_for(url), "postgresql") << url;
  EXPECT_EQ(name_for("mongodb+srv://u:p@h/SEC@RET"), "mongodb");
  EXPECT_EQ(name_for("postgresql://u:SEC@RET@h:1/shop"), "shop");
  EXPECT_EQ(name_for("postgresql://[::1]:5432/shop"), "shop");
  EXPECT_EQ(name_for("2013.db"), "2013");
  EXPECT_EQ(name_for("sqlite::memory:"), "db");
  EXPECT_EQ(name_in("main=sqlite:x.db"), "main");
  EXPECT_EQ(name_in("postgresql://h/d?a=b"), "");
  EXPECT_EQ(name_in("x.db"), "");
  EXPECT_EQ(name_in("=x.db"), "");
}

TEST(Workspace, TakesConfiguredAndGivenConnections) {
  const Config config = config_of(kTwo);
  const auto setup = set_up(config, {.connections = {"third=sqlite:/c.db", "/d/main.db"},
                                     .target = {},
                                     .tiers = {"admin", "shop=write"},
                                     .create = false});
  ASSERT_TRUE(setup) << said(setup);
  EXPECT_EQ(setup->workspace->connections().all().size(), 4u);
  EXPECT_EQ(tier_of(*setup, "main"), Tier::read);   // A bare tier is for what is given.
  EXPECT_EQ(tier_of(*setup, "shop"), Tier::write);  // A named one for whatever has the name.
  EXPECT_EQ(tier_of(*setup, "third"), Tier::admin);
  EXPECT_EQ(tier_of(*setup, "main_2"), Tier::admin);  // The name of the file was taken.
}

TEST(Workspace, FindsTheTarget) {
  const Config config = config_of(kTwo);
  const auto target = [&](const std::string& text) {
    auto setup =
        set_up(config, {.connections = {}, .target = text, .tiers = {"write"}, .create = false});
    if (!setup) return said(setup);
    EXPECT_EQ(tier_of(*setup, setup->target), Tier::write);
    return setup->target;
  };
  EXPECT_EQ(target("shop"), "shop");
  EXPECT_EQ(target("sqlite:/e.db"), "e");
  EXPECT_EQ(target("/x/shop.db"), "shop_2");
  EXPECT_EQ(target("shpo"), "no connection is named \"shpo\" | did you mean \"shop\"?");
  EXPECT_EQ(target("mysql://h/d").substr(0, 43), "connection \"d\": unknown URL scheme \"mysql\" ");
}

TEST(Workspace, RefusesWhatMakesNoSense) {
  const Config config = config_of(kTwo);
  const auto with = [&](Wanted wanted) { return said(set_up(config, wanted)); };
  EXPECT_EQ(with({.connections = {}, .target = {}, .tiers = {"main=owner"}, .create = false}),
            "--tier main=owner: no such tier | it is TIER or NAME=TIER, and TIER is read, write or "
            "admin");
  EXPECT_EQ(with({.connections = {}, .target = {}, .tiers = {"mian=write"}, .create = false}),
            "no connection is named \"mian\" | did you mean \"main\"?");
  EXPECT_EQ(
      with({.connections = {"main=sqlite:/x.db"}, .target = {}, .tiers = {}, .create = false}),
      "connection \"main\": the name is taken | give each connection a name of its own");
}

TEST(Workspace, SaysWhereAnEngineFindsFault) {
  const Config config = config_of(
      "[connections.a]\nurl = \"sqlite:/a.db\"\ncashe_kib = 100\n"
      "[connections.b]\nurl = \"mysql://h/d\"\n"
      "[connections.\"c d\"]\nurl = \"sqlite:/c.db\"\n"
      "[connections.e]\nurl = \"postgresql://h/d?sslmod=require\"\n");
  const auto setup = set_up(config, {});
  ASSERT_FALSE(setup);
  const std::string& text = setup.error().message;
  EXPECT_EQ(setup.error().code, Code::invalid_config);
  EXPECT_NE(text.find("f:5:1: connection \"a\": SQLite has no setting cashe_kib (did you mean "
                      "cache_kib?)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\nf:7:7: connection \"b\": unknown URL scheme \"mysql\""), std::string::npos)
      << text;
  EXPECT_NE(text.find("\nf:8:14: \"c d\" can't be a connection's name"), std::string::npos) << text;
  EXPECT_NE(
      text.find("\nf:11:7: connection \"e\": PostgreSQL has no connection setting \"sslmod\""),
      std::string::npos)
      << text;
}

TEST(Workspace, ConnectionsThatCantBeSetUpDontStopTheOthers) {
  const Config config = config_of(
      "[connections.bad]\nurl = \"${DBOPS_TEST_NOT_SET}\"\n[connections.good]\nurl = "
      "\"sqlite:/a.db\"\n");
  const auto all = set_up(config, {});
  ASSERT_TRUE(all) << said(all);
  ASSERT_EQ(all->unusable.size(), 1u);
  const auto bad =
      set_up(config, {.connections = {}, .target = "bad", .tiers = {}, .create = false});
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().message.find("DBOPS_TEST_NOT_SET"), std::string::npos);
}

TEST(Workspace, WhoNamesAConfiguredConnectionIsToldThatItIsServedAnyway) {
  const Config config = config_of("[connections.good]\nurl = \"sqlite:/a.db\"\n");
  Wanted wanted;
  wanted.connections = {"good"};
  const auto all = set_up(config, wanted);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, Code::invalid_argument);
  EXPECT_EQ(all.error().message, "\"good\" is configured already");
}

TEST(Workspace, ASecretThatIsMissingIsNamed) {
  Wanted serving;
  serving.keeps_state = true;
  const auto setup = set_up(config_of("[state]\nurl = \"postgresql://127.0.0.1:1/state\"\n"
                                      "key = { env = \"DBOPS_TEST_NOT_SET\" }\n"),
                            serving);
  EXPECT_EQ(said(setup),
            "the key of [state]: the environment variable DBOPS_TEST_NOT_SET, which has the "
            "secret, is not set | ");
}

TEST(Workspace, AScopeForAConnectionThatIsNotThereIsSaid) {
  const std::string hash(64, 'a');
  const auto setup = set_up(config_of(std::string(kTwo) + "[tokens.ada]\nhash = \"sha256:" + hash +
                                      "\"\nscopes = [\"db:read:shop\", \"db:write:shpo\"]\n"),
                            {});
  ASSERT_TRUE(setup) << said(setup);
  ASSERT_EQ(setup->installation.warnings.size(), 1u);
  EXPECT_EQ(setup->installation.warnings[0],
            "a scope or policy of [tokens.ada] names the connection \"shpo\", which there is not "
            "(did you "
            "mean \"shop\"?)");
}

TEST(Workspace, AnAuditLogThatIsRequiredMustBeThere) {
  Config config = config_of("");
  config.audit = {.enabled = true, .file = "/proc/nowhere/audit.db", .required = false};
  const auto warned = set_up(config, {});
  ASSERT_TRUE(warned);
  EXPECT_TRUE(warned->installation.audit_error);
  config.audit.required = true;
  EXPECT_FALSE(set_up(config, {}));
}

// Servers look at once, and go on trying where it is not required.
TEST(Workspace, AnAuditLogInADatabaseMayComeLaterUnlessItIsRequired) {
  Config config = config_of("");
  config.audit.enabled = true;
  config.audit.database = ConnectionOptions();
  Wanted serving;
  serving.keeps_state = true;
  config.audit.database->url = Secret("postgresql://me:hunter2@127.0.0.1:1/audit");
  const std::string folder = ::testing::TempDir() + "dbops-" + random_name();
  config.state.file = folder + "/state.db";
  const auto late = set_up(config, serving);
  ASSERT_TRUE(late) << said(late);
  EXPECT_NE(late->workspace->audit(), nullptr);
  EXPECT_EQ(late->installation.audit_file, "postgresql://me:***@127.0.0.1:1/audit");
  ASSERT_TRUE(late->installation.audit_error);
  config.audit.required = true;
  const auto refused = set_up(config, serving);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unreachable);
  EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace dbops::app
