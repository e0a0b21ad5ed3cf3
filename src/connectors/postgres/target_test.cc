#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "connectors/postgres/connect.h"
#include "connectors/postgres/connector.h"

namespace dbops::postgres {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

ConnectionOptions with(std::string url,
                       std::vector<std::pair<std::string, std::string>> settings = {}) {
  ConnectionOptions options;
  options.url = Secret(std::move(url));
  options.settings = std::move(settings);
  return options;
}

TEST(Target, TakesEveryFormOfLibpqsUris) {
  for (const std::string_view url :
       {"postgresql://", "postgres://localhost", "postgresql://u:p%40ss@h:5433/d",
        "postgresql://h1:1,h2:2/d?target_session_attrs=read-write", "postgresql:///d?host=/tmp",
        "postgresql://[::1]:5432/d", "postgresql://h/d?sslmode=verify-full&sslrootcert=/ca.crt",
        "postgresql:///?service=x&passfile=/p", "postgres://%2Ftmp/d", "postgresql://u:p?x=y@h/d",
        "postgresql://u:p:q,r@h1:1,h2:2/d", "postgresql://u:p%40q@[::1]:5432/d?user=ada@corp",
        "postgresql://@socket/d", "postgresql://h1:5432,h2/d?port=5432"})
    EXPECT_TRUE(read_target(with(std::string(url)))) << url;
}

TEST(Target, MapsSettingsToKeywordsAndItsOwn) {
  const auto target =
      read_target(with("postgresql://h/d",
                       {{"sslmode", "require"}, {"prepare", "off"}, {"lock_timeout_ms", "250"}}));
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_FALSE(target->prepare);
  EXPECT_EQ(target->lock_timeout, "250");
  bool found = false;
  for (const auto& [name, value] : target->keywords)
    found = found || (name == "sslmode" && value.reveal() == "require");
  EXPECT_TRUE(found);
}

TEST(Target, TakesItsOwnSettingsFromTheUrlToo) {
  const auto url = "postgresql://h/d?prepare=off&sslmode=require&lock_timeout_ms=250";
  const auto target = read_target(with(url));
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_FALSE(target->prepare);
  EXPECT_EQ(target->lock_timeout, "250");
  EXPECT_EQ(target->keywords.at(0).second.reveal(), "postgresql://h/d?sslmode=require");
  EXPECT_TRUE(read_target(with(url, {{"prepare", "on"}}))->prepare);
  EXPECT_EQ(read_target(with("postgresql://h/d?prepare=off"))->keywords.at(0).second.reveal(),
            "postgresql://h/d");
}

TEST(Target, RefusesWhatIsWrongWithoutQuotingTheUrl) {
  struct Case {
    ConnectionOptions options;
    std::string_view message, hint;
  };
  for (const Case& each : {
           Case{with("postgresql://u:hunter2@h/d?sslmod=require"), "sslmod", "sslmode"},
           Case{with("postgresql://u:hunter2@h/d", {{"ssl_root_cert", "x"}}), "ssl_root_cert",
                "sslrootcert"},
           Case{with("postgresql://u:hunter2@h/d", {{"prepar", "on"}}), "prepar", "prepare"},
           Case{with("postgresql://u:hunter2@h/d", {{"prepare", "maybe"}}), "prepare", ""},
           Case{with("postgresql://u:hunter2@h/d?prepare"), "prepare", ""},
           Case{with("postgresql://u:hunter2@h/d", {{"lock_timeout_ms", "1s"}}), "lock_timeout_ms",
                ""},
           Case{with("postgresql://u:hunter2@h/d", {{"lock_timeout_ms", "-1"}}), "lock_timeout_ms",
                ""},
           Case{with("postgresql://u:hunter2@h/d?replication=database"), "replication", ""},
           Case{with("postgresql://u:hunter2@h/d?client_encoding=latin1"), "client_encoding", ""},
           Case{with("postgresql://u:hunter2%zz@h/d"), "URL", "percent-encoded"},
           Case{with("postgresql://u:hunter2@[::1/d"), "URL", ""},
           Case{with("postgresql:///d?u:hunter2@h=x"), "", ""},
       }) {
    const auto checked = connector().check(each.options);
    ASSERT_FALSE(checked) << each.options.url.reveal();
    EXPECT_EQ(checked.error().code, Code::invalid_config);
    EXPECT_THAT(checked.error().message, HasSubstr(std::string(each.message)));
    EXPECT_THAT(checked.error().hint, HasSubstr(std::string(each.hint)));
    EXPECT_THAT(checked.error().message + checked.error().hint, Not(HasSubstr("hunter2")));
  }
}

// libpq ends the password at the first '@', and its messages name what is left as the host; a '/'
// ends it as well, and what is before is the port.
TEST(Target, RefusesAPasswordThatWouldBeReadAsSomethingElse) {
  for (const char* url : {
           "postgresql://u:SEK@RET5@127.0.0.1:5432/d",
           "postgresql://u:SEK@RET5@h1:1,h2:2/d",
           "postgresql://u:SEK@h1:1,u:RET5@h2:2/d",
           "postgresql://u:SE@K@RET5@[::1]:5432/d?sslmode=require",
           "postgresql://u:SEK/RET5@h/d",
           "postgresql://u:12/RET5@h/d",
           "postgresql://u:SEK@h/RET5@h",
           "postgresql://u:RET5/d",
           "postgresql://u:RET5",
           "postgresql://u:SEK/d?RET5=x@h",
           "postgresql://u:12/d?RET5=x@h",
           "postgresql://h/d?password=SEK&RET5",
           "postgresql://h/d?password=SEK&RET5=1",
           "postgresql://h/d?password=SEK&port=1&RET5=1",
           "postgresql://h/d?sslpassword=SEK&sslmod=RET5",
           "postgresql://u:SEK@h/d?port=RET5",
       }) {
    const auto checked = connector().check(with(url));
    ASSERT_FALSE(checked) << url;
    EXPECT_EQ(checked.error().code, Code::invalid_config) << url;
    EXPECT_THAT(checked.error().hint, HasSubstr("percent-encoded")) << url;
    EXPECT_THAT(checked.error().message + checked.error().hint,
                AllOf(Not(HasSubstr("SEK")), Not(HasSubstr("RET5")), Not(HasSubstr("sslmod"))))
        << url;
  }
  EXPECT_THAT(connector().check(with("postgresql://u:SEK@RET5@h/d")).error().hint,
              HasSubstr("@ is %40"));
  EXPECT_THAT(connector().check(with("postgresql://h/d?password=A&B")).error().message,
              HasSubstr("setting 2"));
  EXPECT_THAT(connector().check(with("postgresql://h/d?password=A&B")).error().hint,
              HasSubstr("& is %26"));
}

}  // namespace
}  // namespace dbops::postgres
