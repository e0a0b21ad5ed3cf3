#include "net/url.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace dbops {
namespace {

Url parsed(std::string_view text) {
  auto url = Url::parse(text);
  EXPECT_TRUE(url) << text << ": " << url.error().message;
  return url ? std::move(*url) : Url();
}

void expect_refused(std::string_view text, Code code = Code::invalid_argument) {
  const auto url = Url::parse(text);
  ASSERT_FALSE(url) << text;
  EXPECT_EQ(url.error().code, code) << text;
  EXPECT_FALSE(url.error().hint.empty()) << text;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(Url, TakesAPathBehindAScheme) {
  EXPECT_EQ(parsed("sqlite:flights.db").path, "flights.db");
  EXPECT_EQ(parsed("sqlite:/abs/path").path, "/abs/path");
  EXPECT_EQ(parsed("sqlite:///abs/path").path, "/abs/path");
  EXPECT_TRUE(parsed("sqlite:///abs/path").hosts.empty());
  EXPECT_EQ(parsed("SQLite:my file%3F.db").path, "my file?.db");
  EXPECT_EQ(parsed("SQLite:x").scheme, "sqlite");
  EXPECT_EQ(parsed("sqlite:a#b?mode=ro").path, "a#b");
  EXPECT_EQ(parsed("sqlite:").path, "");
}

TEST(Url, TakesAllPartsOfAServersUrl) {
  const Url url = parsed("postgresql://u:p%40ss@h1:5432,h2:5433/db?sslmode=require&options=-c%20x");
  EXPECT_EQ(url.scheme, "postgresql");
  EXPECT_EQ(url.user, "u");
  EXPECT_EQ(url.password.reveal(), "p@ss");
  ASSERT_EQ(url.hosts.size(), 2u);
  EXPECT_EQ(url.hosts[0].name, "h1");
  EXPECT_EQ(url.hosts[0].port, 5432);
  EXPECT_EQ(url.hosts[1].name, "h2");
  EXPECT_EQ(url.hosts[1].port, 5433);
  EXPECT_EQ(url.path, "/db");
  EXPECT_EQ(url.query, (Pairs{{"sslmode", "require"}, {"options", "-c x"}}));
}

TEST(Url, TakesAHostFromTheQuery) {
  const Url url = parsed("postgresql:///db?host=/run/socket");
  EXPECT_TRUE(url.hosts.empty());
  EXPECT_EQ(url.path, "/db");
  EXPECT_EQ(url.query, (Pairs{{"host", "/run/socket"}}));
}

TEST(Url, KnowsIpv6) {
  const Url url = parsed("postgresql://u@[::1]:5433,[fe80::1%25eth0]/db");
  ASSERT_EQ(url.hosts.size(), 2u);
  EXPECT_EQ(url.hosts[0].name, "::1");
  EXPECT_EQ(url.hosts[0].port, 5433);
  EXPECT_EQ(url.hosts[1].name, "fe80::1%eth0");
  EXPECT_FALSE(url.hosts[1].port);
}

TEST(Url, KeepsApartWhatIsEmpty) {
  EXPECT_EQ(parsed("x://:secret@h").user, "");
  EXPECT_EQ(parsed("x://:secret@h").password.reveal(), "secret");
  EXPECT_EQ(parsed("x://@h").hosts.at(0).name, "h");
  EXPECT_EQ(parsed("x://h:/").hosts.at(0).port, std::nullopt);
  EXPECT_EQ(parsed("x://h,").hosts.size(), 2u);
  EXPECT_EQ(parsed("x://%2Frun%2Fpg").hosts.at(0).name, "/run/pg");
  EXPECT_EQ(parsed("x:?a&&b=&c==d").query, (Pairs{{"a", ""}, {"b", ""}, {"c", "=d"}}));
  EXPECT_EQ(parsed("x://u:a:b@h").password.reveal(), "a:b");
  EXPECT_EQ(parsed("x://h/a@b?c=@").path, "/a@b");
}

TEST(Url, RefusesWhatIsWrong) {
  for (const std::string_view text :
       {"",          "flights.db",  "//host/db",       "1x:y",        "a b:c",
        ":x",        "x://h:port",  "x://h:0",         "x://h:65536", "x://h:-1",
        "x://h:1 ",  "x://h:5432x", "x://u:p@ss@h/db", "x://[::1",    "x://[::g]",
        "x://[h]:1", "x://[::1]5",  "x://h h/",        "x:%",         "x:%4",
        "x:%zz",     "x:%4g",       "x:a%00b",         "x://u:%00@h", "x://u%:p@h",
        "x:?=v",     "x:?a=%",      "x:?%=1",          "x:a\nb",      "x:a\x7f",
        "x://h/\tdb"}) {
    expect_refused(text);
  }
  expect_refused(std::string_view("x:a\0b", 5));
  expect_refused("x:" + std::string(kUrlBytesMax, 'a'), Code::too_large);
  EXPECT_TRUE(Url::parse("x:" + std::string(kUrlBytesMax - 2, 'a')));
}

TEST(Url, NeverQuotesWhatMayBeThePassword) {
  for (const std::string_view text :
       {"x://u:hunter2/db", "x://u:hunter2@x@h", "x://u:hunter2%@h", "hunter2",
        "x://u:hunter2%00@h", "x://h/?password=hunter2%", "x://[hunter2]/", "x://u:hunter2\n@h"}) {
    const auto url = Url::parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ((url.error().message + url.error().hint).find("hunter"), std::string::npos) << text;
  }
}

TEST(RedactUrl, ShowsAllButSecrets) {
  EXPECT_EQ(redact_url("postgresql://u:hunter2@h:5432/db?sslmode=require"),
            "postgresql://u:***@h:5432/db?sslmode=require");
  EXPECT_EQ(redact_url("postgresql://u@h/db"), "postgresql://u@h/db");
  EXPECT_EQ(redact_url("sqlite:flights.db?mode=ro"), "sqlite:flights.db?mode=ro");
  EXPECT_EQ(redact_url("x://h/db?password=hunter2&sslmode=off"),
            "x://h/db?password=***&sslmode=off");
  EXPECT_EQ(redact_url("host=h password=hunter2 dbname=d"), "host=h password=*** dbname=d");
  EXPECT_EQ(redact_url("host=h password = 'hun\\'ter2' dbname=d"),
            "host=h password = *** dbname=d");
  EXPECT_EQ(redact_url("PGPASSWORD=hunter2 psql -h h"), "PGPASSWORD=*** psql -h h");
  EXPECT_EQ(redact_url(""), "");
}

TEST(RedactUrl, NeverLeaks) {
  for (const std::string_view text : {"x://u:hunter2@h",
                                      "x://u:a/hunter2@h",
                                      "x://u:a?hunter2@h",
                                      "x://u:a@hunter2@h",
                                      "x://u:a hunter2@h",
                                      "x://u:1/hunter2@h/db?x=y",
                                      "x://:hunter2@h",
                                      "u:hunter2@h:5432/db",
                                      "jdbc:x://u:hunter2@h",
                                      "x://u:http://hunter2@h",
                                      "x:u:hunter2@h",
                                      "x://h?password=hunter2",
                                      "x://h?PassWord=hunter2",
                                      "x://h?sslpassword=hunter2",
                                      "x://h?pass%77ord=hunter2",
                                      "x://h?a=b&token=hunter2",
                                      "x://h?api_key=hunter2",
                                      "x://h?password=a b hunter2",
                                      "x://h?password=a&hunter2",
                                      "x://h?password=hunter2&",
                                      "password=hunter2",
                                      "password='a hunter2'",
                                      "password='a hunter2",
                                      "password=a\\ hunter2",
                                      "password= hunter2",
                                      "Password=a;hunter2",
                                      "{\"password\": \"hunter2\"}",
                                      "{'api-key':'a hunter2'}",
                                      "PGPASSWORD=hunter2",
                                      "export PGPASSWORD=\"a hunter2\"",
                                      "x://h?client_secret=hunter2",
                                      "pass=hunter2",
                                      "x://h?password==hunter2",
                                      "db_passwd=hunter2",
                                      "x://u:%68unter2@h?password=hunter2",
                                      "x://h:1/d?password=p@hunter2",
                                      "x://u:a?token=b@h hunter2@x",
                                      "host=a:b password='x@y hunter2'",
                                      "x://u:hunter2?token=b@h",
                                      "token:a?password=b hunter2",
                                      "secret=a&password=b c@hunter2"}) {
    const std::string shown = redact_url(text);
    EXPECT_EQ(shown.find("hunter2"), std::string::npos) << text << " -> " << shown;
    EXPECT_NE(shown.find("***"), std::string::npos) << text << " -> " << shown;
  }
}

TEST(RedactUrl, HidesAllOfWhatIsTooLong) {
  EXPECT_EQ(redact_url("x://u:" + std::string(kUrlBytesMax, 'p') + "@h"), "***");
}

TEST(RedactUrl, LeavesNoControlCharacters) {
  EXPECT_EQ(redact_url("x:a\nb\x1b[2J"), "x:a\\nb\\x1b[2J");
  EXPECT_TRUE(valid_utf8(redact_url("x:\xff\xfe")));
}

TEST(ShownSetting, ShowsNamesAlone) {
  EXPECT_EQ(shown_setting("ssl_mode-2"), "\"ssl_mode-2\"");
  EXPECT_EQ(shown_setting("me:secret@host"), "of such a name");
  EXPECT_EQ(shown_setting("secret\n"), "of such a name");
  EXPECT_LT(shown_setting(std::string(1000, 'x')).size(), 100U);
}

TEST(AssignsSecret, SeesNamesWithValues) {
  for (const char* text : {"host=h pwd=x", "api_key: x", "?pass%77ord=x", "'client_secret' = 'x'"})
    EXPECT_TRUE(assigns_secret(text)) << text;
  for (const char* text : {"", "select token from t", "a=b", "me:pw@host"})
    EXPECT_FALSE(assigns_secret(text)) << text;
  EXPECT_TRUE(assigns_secret(std::string(kUrlBytesMax + 1, 'x')));
}

}  // namespace
}  // namespace dbops
