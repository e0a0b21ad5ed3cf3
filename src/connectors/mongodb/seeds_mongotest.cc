// URLs whose hosts stand in DNS: a name server of the test's own, and real servers behind it.
#include <dlfcn.h>
#include <gmock/gmock-matchers.h>
#include <netdb.h>

#include <thread>

#include "base/time.h"
#include "connectors/mongodb/connector.h"
#include "connectors/mongodb/testing.h"
#include "fakes/name_server.h"
#include "net/url.h"

namespace dbops::mongodb {
namespace {

using testing::HasSubstr;
using namespace std::literals;

constexpr std::string_view kDomain = ".dbops.test";  // Each host of it is 127.0.0.1.
constexpr const char* kName = "_mongodb._tcp.cluster.dbops.test";

class MongoSeedsLive : public testing::Test {
 protected:
  static std::string url_of(const std::string& variable, const std::string& options) {
    const Url known = *Url::parse(server_url(variable.c_str()));
    std::string user;
    if (!known.user.empty()) user = known.user + ":" + std::string(known.password.reveal()) + "@";
    return "mongodb+srv://" + user + "cluster.dbops.test/seeds?" + options;
  }
  void name_host(const std::string& host, uint16_t port) {
    names_.add(kName, fakes::kSrv, fakes::srv_data(port, host));
  }
  void say(const std::string& options) {
    names_.add("cluster.dbops.test", fakes::kTxt, fakes::txt_data({options}));
  }

  fakes::NameServer names_;
};

TEST_F(MongoSeedsLive, FindTheServer) {
  name_host("a.dbops.test", port_of(server_url()));
  say("authSource=admin");
  const auto session = connect_to(url_of("DBOPS_TEST_MONGODB", "tls=false"));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_TRUE(run(**session, R"({"ping": 1})"));
}

TEST_F(MongoSeedsLive, StandUnderTheNameOfAServiceThatTheUrlGives) {
  names_.add("_shop-db._tcp.cluster.dbops.test", fakes::kSrv,
             fakes::srv_data(port_of(server_url()), "a.dbops.test"));
  const auto session = connect_to(url_of(
      "DBOPS_TEST_MONGODB", "tls=false&authSource=admin&srvServiceName=shop-db&srvMaxHosts=1"));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_TRUE(run(**session, R"({"ping": 1})"));
}

TEST_F(MongoSeedsLive, FindAWholeSetByOneOfItsMembers) {
  const Url set = *Url::parse(server_url("DBOPS_TEST_MONGODB_SET"));
  name_host("a.dbops.test", *set.hosts.back().port);
  const auto session = connect_to(url_of("DBOPS_TEST_MONGODB_SET", "tls=false"));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_TRUE(run(**session, R"({"insert": "c", "documents": [{"a": 1}]})")) << "a primary";
}

TEST_F(MongoSeedsLive, AreCheckedByTheirNamesInTls) {
  name_host("a.dbops.test", port_of(server_url("DBOPS_TEST_MONGODB_TLS")));
  std::string ca;
  const Url known = *Url::parse(server_url("DBOPS_TEST_MONGODB_TLS"));
  for (const auto& [name, value] : known.query)
    if (name == "tlsCAFile") ca = "&tlsCAFile=" + value;
  const auto strict = connect_to(url_of("DBOPS_TEST_MONGODB_TLS", "authSource=admin" + ca));
  ASSERT_FALSE(strict);
  EXPECT_EQ(strict.error().code, Code::tls) << strict.error().message;
  const auto lax = connect_to(
      url_of("DBOPS_TEST_MONGODB_TLS", "authSource=admin&tlsAllowInvalidHostnames=true" + ca));
  ASSERT_TRUE(lax) << lax.error().message;
}

TEST_F(MongoSeedsLive, OfAnotherDomainAreNotConnectedTo) {
  name_host("a.dbops.test", port_of(server_url()));
  name_host("a.other.test", port_of(server_url()));
  const auto session = connect_to(url_of("DBOPS_TEST_MONGODB", "tls=false&authSource=admin"));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::protocol);
  EXPECT_THAT(session.error().message,
              testing::AllOf(HasSubstr("cluster.dbops.test"), HasSubstr("a.other.test")));
}

TEST_F(MongoSeedsLive, AreNotWaitedForWhenCancelled) {
  names_.be_silent(kName);
  ConnectionOptions options;
  options.url = Secret("mongodb+srv://cluster.dbops.test/d");
  options.connect_timeout = 60s;
  Context context;
  context.cancel = Cancel::create();
  Code ended = Code::internal;
  std::thread connecting([&] {
    const auto session = connector().connect(context, options);
    if (!session) ended = session.error().code;
  });
  names_.wait_for_question(kName);
  const Stopwatch watch;
  context.cancel.request();
  connecting.join();
  EXPECT_LT(watch.elapsed_ms(), 200);
  EXPECT_EQ(ended, Code::cancelled);
  options.connect_timeout = 20ms;
  const auto late = connector().connect({}, options);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::timeout) << late.error().message;
}

}  // namespace
}  // namespace dbops::mongodb

// Stands before the C library's for this program.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  const bool numeric = hints != nullptr && (hints->ai_flags & AI_NUMERICHOST) != 0;
  const bool ours =
      !numeric && node != nullptr && std::string_view(node).ends_with(dbops::mongodb::kDomain);
  return next(ours ? "127.0.0.1" : node, service, hints, found);
}
