// timescaledb:// over TLS: whom dbops believes, and what becomes of records that were falsified.
#include "connectors/timescaledb/testing.h"
#include "gate/gate.h"

namespace dbops::timescaledb {
namespace {

using testing::HasSubstr;
using testing::Not;

// `text` with the first `from` in it replaced.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

class Tls : public testing::Test {
 protected:
  static Result<std::unique_ptr<Session>> connect(const std::string& url, Tier tier = Tier::read) {
    return connector().connect(context_of(), postgres::options_for(url, tier));
  }
  std::unique_ptr<Session> connect_through(const gate::Gate& gate, Tier tier) const {
    auto session =
        connect(replaced(url_, ':' + port_ + '/', ':' + std::to_string(gate.port()) + '/'), tier);
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  // After all of it, the server that is who it says is spoken to.
  void TearDown() override {
    const auto session = connect(url_);
    ASSERT_TRUE(session) << session.error().message;
    EXPECT_THAT((*session)->info(context_of())->transport, HasSubstr("TLSv1"));
    EXPECT_EQ(
        postgres::one(**session, "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()"),
        "\"true\"");
  }

  const std::string url_ = postgres::server_url("DBOPS_TEST_TIMESCALEDB_TLS");
  const std::string port_ = std::to_string(postgres::server_port("DBOPS_TEST_TIMESCALEDB_TLS"));
};

TEST_F(Tls, ACertificateThatDoesNotVerifyEndsTheConnection) {
  // The server's own certificate stands beside its authority's, and is none.
  const std::pair<const char*, std::string> cases[] = {
      {"an authority that did not sign it", replaced(url_, "/ca.crt", "/server.crt")},
      {"no authority", replaced(url_, "/ca.crt", "/none.crt")},
      {"another host's", replaced(url_, "@127.0.0.1:", "@db.example:") + "&hostaddr=127.0.0.1"},
  };
  const std::string password = url_.substr(url_.find("//postgres:") + 11, 16);
  for (const auto& [name, url] : cases) {
    SCOPED_TRACE(name);
    const auto session = connect(url, Tier::admin);
    ASSERT_FALSE(session);
    const Error& error = session.error();
    EXPECT_EQ(error.code, Code::tls) << error.message;
    EXPECT_EQ(error.effect, Effect::none);
    EXPECT_FALSE(error.hint.empty());
    EXPECT_THAT(error.message, HasSubstr(port_));
    EXPECT_THAT(error.message + error.hint, Not(HasSubstr(password)));
  }
}

TEST_F(Tls, AFalsifiedRecordEndsTheReadBeforeAWrongRow) {
  gate::Gate gate(postgres::server_port("DBOPS_TEST_TIMESCALEDB_TLS"));
  const auto session = connect_through(gate, Tier::read);
  ASSERT_TRUE(session);
  const Script script = *connector().dialect().parse("SELECT i FROM generate_series(1, 100000) i");
  const Context context = context_of();
  gate.arm({.action = gate::Action::edit, .after = 70'000, .left_out = 1, .put_in = "\xff"});
  {
    const auto results = *session->queries()->run(context, script, {}, Mode::read);
    Batch batch;
    int64_t expected = 1;
    auto stream = results->next(context);
    ASSERT_TRUE(stream) << stream.error().message;
    Result<bool> more = true;
    while ((more = (*stream)->next(context, batch)) && *more)
      for (size_t i = 0; i < batch.rows(); ++i, ++expected)
        ASSERT_EQ(batch.row(i)[0].as_integer(), expected);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code, Code::disconnected) << more.error().message;
    EXPECT_EQ(more.error().effect, Effect::none);
  }
  EXPECT_TRUE(session->broken());
}

TEST_F(Tls, AFalsifiedReplyToTheCommitLeavesItInDoubt) {
  Scratch scratch("ts_doubt");
  scratch.make_metrics("m");
  gate::Gate gate(postgres::server_port("DBOPS_TEST_TIMESCALEDB_TLS"));
  const auto session = connect_through(gate, Tier::write);
  ASSERT_TRUE(session);
  const Script script =
      *connector().dialect().parse("INSERT INTO ts_doubt.m VALUES ('2026-02-01', 'd', 1)");
  const Context context = context_of();
  {
    const auto results = *session->queries()->run(context, script, {}, Mode::write);
    Stream* stream = *results->next(context);
    Batch batch;
    ASSERT_FALSE(*stream->next(context, batch));
    gate.arm({.action = gate::Action::edit, .left_out = 1, .put_in = "\xff"});
    const auto end = results->next(context);
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().effect, Effect::unknown) << end.error().message;
    EXPECT_FALSE(end.error().retryable);
  }
  EXPECT_TRUE(session->broken());
  EXPECT_EQ(postgres::one(scratch.session(), "SELECT count(*) FROM ts_doubt.m"), "241");
}

// As Tiger Cloud knows it; every server keeps a setting of that form.
TEST(ReadOnly, IsAskedForFromTheStart) {
  const auto setting = [](Tier tier, std::vector<std::pair<std::string, std::string>> settings) {
    ConnectionOptions options =
        postgres::options_for(postgres::server_url("DBOPS_TEST_TIMESCALEDB"), tier);
    options.settings = std::move(settings);
    auto session = connector().connect(context_of(), options);
    EXPECT_TRUE(session) << session.error().message;
    return session ? postgres::one(**session,
                                   "SELECT current_setting('tsdb_admin.read_only_connection', true)"
                                   " || current_setting('geqo')")
                   : std::string();
  };
  EXPECT_EQ(setting(Tier::read, {}), "\"onon\"");
  EXPECT_EQ(setting(Tier::read, {{"options", "-c geqo=off"}}), "\"onoff\"");
  EXPECT_EQ(setting(Tier::read, {{"prepare", "off"}}), "null");
  EXPECT_EQ(setting(Tier::write, {}), "null");
}

}  // namespace
}  // namespace dbops::timescaledb
