#include "connectors/mongodb/seeds.h"

#include <gmock/gmock-matchers.h>

#include <set>

namespace dbops::mongodb {
namespace {

using testing::HasSubstr;

Target target_of(const std::string& rest) {
  ConnectionOptions options;
  options.url = Secret("mongodb+srv://u:hunter2@" + rest);
  auto target = read_target(options);
  EXPECT_TRUE(target) << target.error().message;
  return target.value_or(Target());
}

// The hosts and the options, or the error.
std::string seeds(const std::string& rest, const std::vector<std::string>& hosts,
                  const std::vector<std::string>& texts = {}) {
  std::vector<Service> services;
  for (const std::string& host : hosts) services.push_back({.host = host, .port = 27018});
  std::mt19937 chance(1);
  const auto found = with_seeds(target_of(rest), services, texts, chance);
  if (!found) return std::string(name(found.error().code)) + ": " + found.error().message;
  std::string all = found->place();
  for (const auto& [name, value] : found->options) all += " " + name + "=" + value;
  return all;
}

TEST(MongoSeeds, AreInPlaceOfTheName) {
  EXPECT_EQ(seeds("c.x.test/d", {"a.x.test", "b.x.test"}),
            "a.x.test:27018,b.x.test:27018 directConnection=false");
  std::mt19937 chance(1);
  const auto target =
      with_seeds(target_of("c.x.test/d"), {{.host = "a.x.test", .port = 1}}, {}, chance);
  ASSERT_TRUE(target);
  EXPECT_TRUE(target->tls && !target->srv);
  EXPECT_EQ(target->password.reveal(), "hunter2");
}

// What another than the domain's owner may have put into DNS gets no password.
TEST(MongoSeeds, StandInTheDomainOfTheName) {
  for (const char* host :
       {"x.test", "ax.test", "a.evil.test", "a.x.test.evil.test", "test", "c.y.test"}) {
    EXPECT_THAT(seeds("c.x.test", {"a.x.test", host}),
                testing::AllOf(testing::StartsWith("protocol: "), HasSubstr(host)));
  }
  EXPECT_THAT(seeds("C.X.test.", {"deep.er.x.test"}), HasSubstr("deep.er.x.test:27018"));
  EXPECT_THAT(seeds("a.c.x.test", {"b.x.test"}), HasSubstr("another domain"));
  // One of two parts is the domain itself.
  EXPECT_THAT(seeds("mongo.test", {"a.mongo.test"}), HasSubstr("a.mongo.test:27018"));
  for (const char* host : {"mongo.test", "other.test", "amongo.test"})
    EXPECT_THAT(seeds("mongo.test", {host}), HasSubstr("another domain")) << host;
  EXPECT_THAT(seeds("localhost", {"localhost"}), HasSubstr("another domain"));
}

TEST(MongoSeeds, AreChosenByChanceWhereTheyAreLimited) {
  const std::vector<Service> services = {{.host = "a.x.test", .port = 1},
                                         {.host = "b.x.test", .port = 1},
                                         {.host = "c.x.test", .port = 1}};
  std::mt19937 chance(1);
  const auto choose = [&](const std::string& limit) {
    const auto found =
        with_seeds(target_of("c.x.test/?srvMaxHosts=" + limit), services, {}, chance);
    return found ? found->place() : found.error().message;
  };
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(choose("1"));
  EXPECT_THAT(seen, testing::ElementsAre("a.x.test:1", "b.x.test:1", "c.x.test:1"));
  for (const char* all : {"0", "3", "10"})
    EXPECT_EQ(choose(all), "a.x.test:1,b.x.test:1,c.x.test:1") << all;
  EXPECT_THAT(seeds("c.x.test/?srvMaxHosts=1", {"a.x.test"}, {"replicaSet=rs"}),
              HasSubstr("srvMaxHosts is for routers"));
}

TEST(MongoSeeds, BringOptionsThatTheUrlLeavesOpen) {
  EXPECT_EQ(seeds("c.x.test/?w=1", {"a.x.test"}, {"authSource=a%40b&replicaSet=rs"}),
            "a.x.test:27018 w=1 authSource=a@b replicaSet=rs directConnection=false");
  EXPECT_EQ(seeds("c.x.test/?AUTHSOURCE=mine", {"a.x.test"}, {"authSource=theirs"}),
            "a.x.test:27018 AUTHSOURCE=mine directConnection=false");
  for (const char* text :
       {"tls=false", "ssl=false", "authMechanism=PLAIN", "authSource=a&readPreference=secondary",
        "directConnection=true", "authSource", "=", "%zz=1"})
    EXPECT_THAT(seeds("c.x.test", {"a.x.test"}, {text}), testing::StartsWith("protocol: ")) << text;
  EXPECT_THAT(seeds("c.x.test", {"a.x.test"}, {"authSource=a", "authSource=a"}),
              HasSubstr("more than one TXT"));
}

}  // namespace
}  // namespace dbops::mongodb
