#include "connectors/mongodb/target.h"

#include <gmock/gmock-matchers.h>

#include "connectors/mongodb/connector.h"

namespace dbops::mongodb {
namespace {

using testing::HasSubstr;
using testing::Not;

ConnectionOptions options_of(std::string url) {
  ConnectionOptions options;
  options.name = "m";
  options.url = Secret(std::move(url));
  return options;
}

TEST(MongoTarget, ReadsAWholeUrl) {
  const auto target = read_target(options_of(
      "mongodb://u%40x:p%2Fw@h1,h2:27018/movies?replicaSet=rs&retryWrites=true&w=majority"
      "&readPreference=secondary&rows=flat&json=canonical"));
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(target->place(), "h1:27017,h2:27018");
  EXPECT_EQ(target->user, "u@x");
  EXPECT_EQ(target->password.reveal(), "p/w");
  EXPECT_EQ(target->database, "movies");
  EXPECT_TRUE(target->shape.flat && target->shape.canonical);
  EXPECT_TRUE(target->causal);
  EXPECT_FALSE(read_target(options_of("mongodb://h/?causal=false"))->causal);
  EXPECT_FALSE(read_target(options_of("mongodb://h/?causal=no")));
  EXPECT_FALSE(target->tls);
  EXPECT_FALSE(target->srv);
}

// As `causal = false` and `journal = true` of dbops.toml come.
TEST(MongoTarget, TakesBooleansOfTheConfiguration) {
  ConnectionOptions options = options_of("mongodb://h/d");
  options.settings = {{"causal", "off"}, {"tls", "on"}, {"journal", "on"}, {"scan_guard", "off"}};
  const auto target = read_target(options);
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_FALSE(target->causal);
  EXPECT_TRUE(target->tls);
  EXPECT_THAT(target->options, testing::ElementsAre(testing::Pair("journal", "true")));
  options.settings = {{"journal", "sometimes"}};
  EXPECT_FALSE(read_target(options));
}

TEST(MongoTarget, LooksUsersUpInAdminUnlessADatabaseIsNamed) {
  const auto url = [](const std::string& text) {
    return read_target(options_of(text))->driver_url();
  };
  EXPECT_THAT(url("mongodb://u:hunter2@h"), testing::StartsWith("mongodb://h:27017/?tls=false"));
  EXPECT_EQ(read_target(options_of("mongodb://h/"))->database, "test");
  EXPECT_THAT(url("mongodb://u:hunter2@[::1]:1,h2/shop?authSource=a%26b"),
              testing::AllOf(testing::StartsWith("mongodb://[::1]:1,h2:27017/shop?"),
                             testing::EndsWith("&authSource=a%26b"), Not(HasSubstr("hunter2"))));
}

TEST(MongoTarget, TurnsTlsOnAsOtherClientsDo) {
  const auto tls = [](const std::string& options) {
    return read_target(options_of("mongodb://h/d?" + options))->tls;
  };
  EXPECT_FALSE(tls(""));
  EXPECT_EQ(tls("tls=true")->verify, TlsVerify::verify_full);
  EXPECT_EQ(tls("tlsCAFile=/ca")->root_file, "/ca");
  EXPECT_EQ(tls("ssl=true&tlsAllowInvalidHostnames=true")->verify, TlsVerify::verify_ca);
  EXPECT_EQ(tls("tls=true&tlsInsecure=true")->verify, TlsVerify::require);
  const auto srv = read_target(options_of("mongodb+srv://cluster.example.net/d"));
  ASSERT_TRUE(srv);
  EXPECT_TRUE(srv->srv && srv->tls);
  EXPECT_EQ(srv->place(), "cluster.example.net");
}

TEST(MongoTarget, RefusesWhatIsWrongWithoutItsSecrets) {
  for (const char* url : {
           "mongodb:///d",
           "mongodb://u:hunter2@/d",
           "mongodb://u:hunter2@h/a.b",
           "mongodb://u:hunter2@h/a%2Fb",
           "mongodb+srv://u:hunter2@h1,h2/d",
           "mongodb+srv://u:hunter2@h:1/d",
           "mongodb://u:hunter2@h/d?nosuch=1",
           "mongodb://u:hunter2@h/d?socketTimeoutMS=1",
           "mongodb:///d?x:hunter2@h/d?a=b",
           "mongodb://u:hunter2@h/d?rows=wide",
           "mongodb://u:hunter2@h/d?tls=maybe",
           "mongodb://u:hunter2@h/d?tls=false&tlsCAFile=/ca",
           "mongodb://u:hunter2@h/d?authMechanism=NOSUCH",
           "mongodb://u:hunter2@h/d?readPreference=nosuch",
           "mongodb://u:hunter2@h/d?w=-7",
           "mongodb://u:hunter2@h/d?srvMaxHosts=1",
           "mongodb://u:hunter2@h/d?srvServiceName=x",
           "mongodb+srv://u:hunter2@h/d?srvMaxHosts=-1",
           "mongodb+srv://u:hunter2@h/d?srvMaxHosts=two",
           "mongodb+srv://u:hunter2@h/d?srvMaxHosts=",
           "mongodb+srv://u:hunter2@h/d?srvMaxHosts=257",
           "mongodb+srv://u:hunter2@h/d?srvMaxHosts=1&replicaSet=rs",
           "mongodb+srv://u:hunter2@h/d?loadBalanced=true&srvMaxHosts=1",
           "mongodb+srv://u:hunter2@h/d?srvServiceName=_x",
           "mongodb+srv://u:hunter2@h/d?srvServiceName=a.b",
           "mongodb+srv://u:hunter2@h/d?srvServiceName=",
           "mongodb+srv://u:hunter2@h/d?srvServiceName=1",
           "mongodb://u:hunter2@h/d?proxyHost=p",
           "mongodb://u:hunter2@h/d?authMechanism=MONGODB-OIDC",
       }) {
    const auto checked = connector().check(options_of(url));
    ASSERT_FALSE(checked) << url;
    EXPECT_EQ(checked.error().code, Code::invalid_config) << url << checked.error().message;
    EXPECT_THAT(checked.error().message + checked.error().hint, Not(HasSubstr("hunter2")));
  }
  EXPECT_TRUE(connector().check(options_of("mongodb://u:hunter2@h/d?authSource=admin")));
  EXPECT_TRUE(connector().check(options_of("mongodb+srv://u:hunter2@c.example.net/d")));
}

}  // namespace
}  // namespace dbops::mongodb
