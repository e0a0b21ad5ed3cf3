// [tracing]
#include <gmock/gmock-matchers.h>

#include <cstdlib>

#include "app/config.h"
#include "app/workspace.h"

namespace dbops::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ConfigTracing : public ::testing::Test {
 protected:
  void SetUp() override { clear(); }
  void TearDown() override { clear(); }
  static void clear() {
    for (const char* name :
         {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
          "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_SERVICE_NAME"})
      unsetenv(name);
  }
  static ops::TracingSettings settings(const std::string& text) {
    const auto config = parse_config(text, "/etc/here");
    if (!config) ADD_FAILURE() << format_problem("f", config.error()[0]);
    auto settings = config ? tracing_settings(config->tracing) : ops::TracingSettings();
    if (!settings) ADD_FAILURE() << settings.error().message;
    return settings ? *settings : ops::TracingSettings();
  }
  static std::string problem(const std::string& text) {
    const auto config = parse_config(text, "/etc/here");
    return config ? "none" : format_problem("f", config.error()[0]);
  }
  static std::vector<std::string> headers(const ops::TracingSettings& settings) {
    std::vector<std::string> lines;
    for (const auto& [name, value] : settings.headers)
      lines.push_back(name + ": " + std::string(value.reveal()));
    return lines;
  }
};

TEST_F(ConfigTracing, IsOffByDefaultWhateverTheEnvironmentSays) {
  setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318", 1);
  EXPECT_EQ(settings("").endpoint, "");
}

TEST_F(ConfigTracing, HasASettingForEverything) {
  setenv("DBOPS_TEST_TRACING_KEY", "k3y", 1);
  setenv("OTEL_SERVICE_NAME", "passed over", 1);
  const auto read = settings(R"(
[tracing]
endpoint = "https://otel.example.com:4318"
service_name = "shop"
sample = 0.25
ca_file = "ca.pem"
interval = "1s"
queue = 100
headers = { X-Tenant = "a", Authorization = { env = "DBOPS_TEST_TRACING_KEY" } })");
  EXPECT_EQ(read.endpoint, "https://otel.example.com:4318/v1/traces");
  EXPECT_EQ(read.service_name, "shop");
  EXPECT_EQ(read.ratio, 0.25);
  EXPECT_EQ(read.tls.root_file, "/etc/here/ca.pem");
  EXPECT_EQ(read.interval, std::chrono::seconds(1));
  EXPECT_EQ(read.queue_max, 100u);
  EXPECT_THAT(headers(read), testing::UnorderedElementsAre("X-Tenant: a", "Authorization: k3y"));
  unsetenv("DBOPS_TEST_TRACING_KEY");
}

TEST_F(ConfigTracing, APathOfItsOwnStays) {
  for (const auto& [endpoint, url] : std::vector<std::pair<std::string, std::string>>{
           {"http://h:1", "http://h:1/v1/traces"},
           {"http://h:1/", "http://h:1/v1/traces"},
           {"http://h:1/otlp", "http://h:1/otlp"},
           {"http://h:1/v1/traces?a=b", "http://h:1/v1/traces?a=b"}})
    EXPECT_EQ(settings("[tracing]\nendpoint = \"" + endpoint + "\"\n").endpoint, url);
}

TEST_F(ConfigTracing, TakesWhatOtherProgramsAreToldByTheirEnvironment) {
  setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318/", 1);
  setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b%3D, x=1,nonsense,Host=evil", 1);
  setenv("OTEL_SERVICE_NAME", "shop", 1);
  const auto base = settings("[tracing]\n");
  EXPECT_EQ(base.endpoint, "http://127.0.0.1:4318/v1/traces");
  EXPECT_EQ(base.service_name, "shop");
  EXPECT_THAT(headers(base), ElementsAre("api-key: a b=", "x: 1"));
  setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:4318/own", 1);
  EXPECT_EQ(settings("[tracing]\n").endpoint, "http://127.0.0.1:4318/own");
  EXPECT_EQ(settings("[tracing]\nenabled = false\n").endpoint, "");
  EXPECT_THAT(headers(settings("[tracing]\nendpoint = \"http://localhost:1\"\n")), ElementsAre());
}

TEST_F(ConfigTracing, SaysWhatIsWrong) {
  struct Case {
    const char* text;
    const char* said;
  };
  for (const Case& tested : std::initializer_list<Case>{
           {"", "endpoint in [tracing] is missing"},
           {"endpoint = \"ftp://h\"", "is no http or https URL"},
           {"endpoint = \"h:4318\"", "is no http or https URL"},
           {"endpoint = \"https://me:hunter2@h\"", "is no http or https URL"},
           {"endpoint = \"http://h:1\"\nheaders = { a = \"b\" }", "across the network"},
           {"endpoint = \"https://h\"\nheaders = { Host = \"b\" }", "can't be a header"},
           {"endpoint = \"https://h\"\nheaders = { \"a b\" = \"b\" }", "can't be a header"},
           {"endpoint = \"https://h\"\nsample = 1.5", "it must be from 0 to 1"},
           {"endpoint = \"https://h\"\nsample = nan", "it must be from 0 to 1"},
           {"endpoint = \"https://h\"\nsample = \"1\"", "must be a fractional number"},
           {"endpoint = \"https://h\"\nsampel = 1", "did you mean"}}) {
    const std::string said = problem(std::string("[tracing]\n") + tested.text + "\n");
    EXPECT_THAT(said, HasSubstr(tested.said)) << tested.text;
    EXPECT_THAT(said, Not(HasSubstr("hunter2")));
  }
}

TEST_F(ConfigTracing, AHeaderThatCanNotBeReadIsSaid) {
  const auto config = parse_config(
      "[tracing]\nendpoint = \"https://h\"\nheaders = { a = { env = \"DBOPS_NO_SUCH\" } }\n", "");
  ASSERT_TRUE(config);
  EXPECT_EQ(tracing_settings(config->tracing).error().code, Code::invalid_config);
}

}  // namespace
}  // namespace dbops::app
