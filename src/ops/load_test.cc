// Loads from end to end, into a real SQLite file.
#include "ops/load.h"

#include <filesystem>

#include "base/bytes.h"
#include "base/input.h"
#include "connectors/sqlite/connector.h"
#include "fakes/ops_fixture.h"
#include "ops/infer.h"
#include "ops/text_source.h"

namespace dbops::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Connections `reader` and `writer` on one new file in WAL mode.
class LoadTest : public testing::Test {
 protected:
  LoadTest() : path_(std::filesystem::temp_directory_path() / ("dbops-load-" + random_name())) {
    Connections connections(connectors_);
    for (const Tier tier : {Tier::admin, Tier::read}) {
      ConnectionOptions options;
      options.name = tier == Tier::read ? "reader" : "writer";
      options.url = Secret("sqlite:" + path_.string());
      options.tier = tier;
      options.create = tier == Tier::admin;
      EXPECT_TRUE(connections.add(std::move(options)));
    }
    workspace_ = std::make_unique<Workspace>(std::move(connections), Settings(), nullptr);
    execute("PRAGMA journal_mode = wal");
  }
  ~LoadTest() override {
    workspace_.reset();
    for (const char* suffix : {"", "-wal", "-shm"})
      std::filesystem::remove(path_.string() + suffix);
  }
  void execute(const std::string& statement) {
    Collected sink;
    ExecuteRequest request;
    request.connection = "writer";
    request.statement = statement;
    const auto done = ops::execute(*workspace_, {}, std::move(request), sink);
    EXPECT_TRUE(done) << done.error().message;
  }
  std::vector<std::string> rows(const std::string& statement) {
    Collected sink;
    QueryRequest request;
    request.connection = "reader";
    request.statement = statement;
    const auto done = ops::query(*workspace_, {}, std::move(request), sink);
    EXPECT_TRUE(done) << done.error().message;
    return sink.rows;
  }
  static LoadRequest request_of(std::string text, TextOptions options = {}) {
    LoadRequest request;
    request.connection = "writer";
    request.path = "t";
    request.source = text_source(input_of(std::move(text)), std::move(options));
    return request;
  }
  // The code of what went wrong; empty when nothing did.
  std::string load(LoadRequest request) {
    report_ = {};
    auto done = ops::load(*workspace_, {}, std::move(request), report_);
    EXPECT_FALSE(done && *done) << "nothing is to be confirmed";
    error_ = done ? Error{} : std::move(done).error();
    return done ? std::string() : std::string(name(error_.code));
  }

  const std::filesystem::path path_;
  const Connector* const connectors_[1] = {&sqlite::connector()};
  std::unique_ptr<Workspace> workspace_;
  LoadReport report_;
  Error error_;
};

TEST_F(LoadTest, LoadsManyBatches) {
  std::string text = "n,t\n";
  const size_t items = 2 * kLoadItems + 5;
  for (size_t i = 0; i < items; ++i) text += std::to_string(i) + ",row " + std::to_string(i) + "\n";
  LoadRequest request = request_of(std::move(text));
  request.create = true;
  std::vector<uint64_t> positions;
  request.progress = [&](const LoadReport& report) { positions.push_back(report.position); };
  EXPECT_EQ(load(std::move(request)), "");
  EXPECT_TRUE(report_.complete);
  EXPECT_EQ(report_.written, items);
  EXPECT_EQ(report_.position, items);
  EXPECT_THAT(positions, ElementsAre(kLoadItems, 2 * kLoadItems, items));
  EXPECT_THAT(
      rows("select count(*), sum(n), typeof(n) from t"),
      ElementsAre(std::to_string(items) + "," + std::to_string(items * (items - 1) / 2) + ",text"));
}

TEST_F(LoadTest, GoesOnAtThePositionThatWasReported) {
  execute("create table t (n integer primary key, t text)");
  const std::string text = "n,t\n1,a\n2,b\n\nx,c\n1,d\n3,e\n";
  EXPECT_EQ(load(request_of(text)), "data");
  EXPECT_EQ(report_.position, 2u);
  EXPECT_EQ(report_.written, 2u);
  EXPECT_FALSE(report_.complete);
  EXPECT_EQ(error_.effect, Effect::applied);
  EXPECT_THAT(error_.message, HasSubstr("line 5: "));
  EXPECT_THAT(error_.hint, HasSubstr("`skip` = 2"));

  LoadRequest again = request_of(text);
  again.skip = report_.position;
  again.errors_max = 1;
  EXPECT_EQ(load(std::move(again)), "constraint");
  EXPECT_EQ(report_.position, 3u);
  EXPECT_EQ(report_.written, 0u);
  EXPECT_EQ(report_.refused, 2u);

  again = request_of(text);
  again.skip = report_.position;
  again.errors_max = 1;
  EXPECT_EQ(load(std::move(again)), "");
  EXPECT_EQ(report_.position, 5u);
  ASSERT_EQ(report_.errors.size(), 1u);
  EXPECT_EQ(report_.errors[0].origin.item, 3u);
  EXPECT_EQ(report_.errors[0].origin.line, 6u);
  EXPECT_THAT(rows("select group_concat(n || t, ' ') from t"), ElementsAre("1a 2b 3e"));
}

TEST_F(LoadTest, CountsItemsThatAreNone) {
  execute("create table t (a, b)");
  const std::string text = "a,b\n1,2\n1\n\"x\"y,1\n3,4\n";
  EXPECT_EQ(load(request_of(text)), "data");
  EXPECT_THAT(error_.message, HasSubstr("line 3: 1 field, where there are 2 columns"));
  EXPECT_EQ(report_.position, 1u);
  LoadRequest tolerant = request_of(text);
  tolerant.errors_max = 2;
  tolerant.skip = 1;
  EXPECT_EQ(load(std::move(tolerant)), "");
  EXPECT_EQ(report_.refused, 2u);
  EXPECT_EQ(report_.position, 4u);
  EXPECT_THAT(rows("select * from t"), ElementsAre("1,2", "3,4"));
  EXPECT_EQ(load(request_of("a,b\n5,6\n\"open\n")), "syntax");
  EXPECT_EQ(report_.position, 1u);
  EXPECT_EQ(report_.written, 1u);
}

TEST_F(LoadTest, MakesRowsOfDocuments) {
  LoadRequest request =
      request_of("{\"a\":1,\"b\":\"x\"}\n{\"b\":null,\"c\":[1.50]}\n{\"a\":2.5}\n",
                 {.format = TextFormat::ndjson});
  request.create = true;
  EXPECT_EQ(load(std::move(request)), "");
  EXPECT_EQ(report_.plan.creates, "CREATE TABLE t (a, b TEXT, c TEXT)");
  EXPECT_THAT(rows("select *, typeof(a) from t"),
              ElementsAre("1,x,,integer", ",,[1.50],null", "2.5,,,real"));
  EXPECT_EQ(load(request_of("[{\"a\":1,\"a\":2}]", {.format = TextFormat::json})),
            "invalid_argument");
}

TEST_F(LoadTest, InfersOnlyWhenAsked) {
  const std::string text =
      "i,d,b,day,at,zip,w\n1,1.50,true,2026-01-31,2026-01-31T10:00:00Z,01234,\n-2,7,false,,"
      "2026-02-01 10:00:00+02,5,x\n";
  LoadRequest plain = request_of(text);
  plain.create = plain.dry_run = true;
  EXPECT_EQ(load(std::move(plain)), "");
  EXPECT_THAT(report_.plan.creates, HasSubstr("(i TEXT, d TEXT, b TEXT, day TEXT, "));
  LoadRequest inferring = request_of(text);
  inferring.create = inferring.infer = true;
  EXPECT_EQ(load(std::move(inferring)), "");
  EXPECT_EQ(report_.plan.creates,
            "CREATE TABLE t (i INTEGER, d, b BOOLEAN, day TEXT, at TEXT, zip TEXT, "
            "w TEXT)");
  EXPECT_THAT(rows("select * from t"),
              ElementsAre("1,1.5,1,2026-01-31,2026-01-31 10:00:00+00,01234,",
                          "-2,7,0,,2026-02-01 10:00:00+02,5,x"));
}

TEST_F(LoadTest, ATableThatItMakesKeepsDecimals) {
  const std::string text =
      "{\"b\":123456789.123456789123456789}\n{\"b\":2.50}\n{\"b\":10}\n"
      "{\"b\":0.30000000000000004}\n{\"b\":9223372036854775809}\n";
  const auto making = [&](bool dry_run) {
    LoadRequest request = request_of(text, {.format = TextFormat::ndjson});
    request.create = true;
    request.dry_run = dry_run;
    return request;
  };
  EXPECT_EQ(load(making(true)), "");
  const std::string warning =
      "warning: column b: SQLite has no decimals: each is a number where a double reads back the "
      "same, else text, which sorts behind all numbers\n";
  EXPECT_THAT(load_text(report_, true), HasSubstr(warning));
  EXPECT_EQ(load(making(false)), "");
  EXPECT_THAT(load_text(report_, false), HasSubstr(warning));
  EXPECT_THAT(rows("select b, typeof(b) from t order by b"),
              ElementsAre("0.30000000000000004,real", "2.5,real", "10,integer",
                          "123456789.123456789123456789,text", "9223372036854775809,text"));
}

TEST_F(LoadTest, RefusesWhatAColumnWouldRound) {
  execute("create table t (id integer, n numeric(20,2), r real, x text)");
  const std::string fine = "9007199254740993,0.1000000000000000055511,3,1e999\n";
  EXPECT_EQ(load(request_of("id,n,r,x\n" + fine)), "");
  EXPECT_THAT(rows("select * from t"), ElementsAre("9007199254740993,0.1,3,1e999"));
  for (const char* row : {"12345678901234567890,1,1,1", "1,123456789.123456789123456789,1,1",
                          "1,1,9007199254740993,1", "1,1,1e999,1"}) {
    EXPECT_EQ(load(request_of("id,n,r,x\n1,1,1,1\n" + std::string(row) + "\n")), "data") << row;
    EXPECT_THAT(error_.message, HasSubstr("line 3: column "));
    EXPECT_THAT(error_.hint, HasSubstr("would be rounded"));
    EXPECT_EQ(report_.written, 1u);
  }
}

TEST_F(LoadTest, ADryRunWritesNothing) {
  LoadRequest request = request_of("a,b\n1,2\n3\n");
  request.create = request.dry_run = true;
  EXPECT_EQ(load(std::move(request)), "");
  EXPECT_FALSE(report_.plan.exists);
  EXPECT_THAT(report_.samples, ElementsAre("[\"1\",\"2\"]"));
  EXPECT_EQ(report_.refused, 1u);
  EXPECT_EQ(report_.written, 0u);
  EXPECT_THAT(rows("select count(*) from sqlite_schema"), ElementsAre("0"));
  const std::string text = load_text(report_, true);
  EXPECT_THAT(text, HasSubstr("would run: CREATE TABLE t (a TEXT, b TEXT)\n"));
  EXPECT_THAT(text, HasSubstr("dry run: nothing was written\n"));
}

TEST_F(LoadTest, ReadsAnotherConnection) {
  execute("create table s (n integer, b blob, r real)");
  execute("insert into s values (9007199254740993, x'00ff', 0.1), (2, null, -1e300)");
  LoadRequest request;
  request.connection = "writer";
  request.path = "t";
  request.from_connection = "reader";
  request.statement = "select n, b, r, n * 2 as twice from s";
  request.create = true;
  EXPECT_EQ(load(std::move(request)), "");
  EXPECT_EQ(report_.written, 2u);
  EXPECT_THAT(rows("select n, hex(b), r, twice, typeof(r) from t"),
              ElementsAre("9007199254740993,00FF,0.1,18014398509481986,real", "2,,-1e+300,4,real"));
  request = {};
  request.connection = "writer";
  request.path = "t";
  request.from_connection = "reader";
  request.statement = "delete from s";
  EXPECT_EQ(load(std::move(request)), "forbidden");
}

TEST_F(LoadTest, IsRefusedWhereItMayNotWrite) {
  LoadRequest request = request_of("a\n1\n");
  request.connection = "reader";
  EXPECT_EQ(load(std::move(request)), "forbidden");
  EXPECT_THAT(error_.message, HasSubstr("a load writes"));
  EXPECT_EQ(load(request_of("a\n1\n")), "not_found");
  execute("create table t (amount)");
  EXPECT_EQ(load(request_of("amuont\n1\n")), "not_found");
  EXPECT_THAT(error_.hint, HasSubstr("\"amount\""));
  EXPECT_EQ(load(request_of("a,a\n1,2\n")), "invalid_argument");
  EXPECT_EQ(load(request_of("")), "data");
  execute("create table u (amount)");
  LoadRequest replacing = request_of("amount\n1\n");
  replacing.path = "u";
  replacing.replace = replacing.confirmed = true;
  EXPECT_EQ(load(std::move(replacing)), "unsupported");
}

class LoadConfirmation : public OpsTest {
 protected:
  static LoadRequest replacing(std::string text = "a\n1\n2\n", bool replace = true) {
    LoadRequest request;
    request.connection = "writable";
    request.path = "s.t";
    request.origin = text;
    request.source = text_source(input_of(std::move(text)), {});
    request.replace = replace;
    return request;
  }
  auto load(LoadRequest request) {
    LoadReport report;
    return ops::load(workspace_, context_, std::move(request), report);
  }
};

TEST_F(LoadConfirmation, APersonMustAgreeToWhatIsOverwritten) {
  const auto asked = load(replacing());
  ASSERT_TRUE(asked && *asked);
  EXPECT_THAT((*asked)->dangers, ElementsAre(HasSubstr("overwrites what stands in s.t")));
  EXPECT_TRUE((*asked)->can_rehearse);
  EXPECT_EQ(server_.loaded, 0u);

  const auto with_token = [&](LoadRequest request) {
    request.confirm = (*asked)->token;
    return load(std::move(request));
  };
  EXPECT_EQ(code_of(with_token(replacing("a\n3\n"))), Code::expired) << "other items";
  LoadRequest elsewhere = replacing();
  elsewhere.path = "s.u";
  EXPECT_EQ(code_of(with_token(std::move(elsewhere))), Code::expired);
  LoadRequest by_key = replacing();
  by_key.key = {"a"};
  EXPECT_EQ(code_of(with_token(std::move(by_key))), Code::expired);
  EXPECT_EQ(server_.loaded, 0u);

  const auto done = with_token(replacing());
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(*done);
  EXPECT_EQ(server_.loaded, 2u);
  EXPECT_EQ(code_of(with_token(replacing())), Code::expired) << "it is used up";
}

TEST_F(LoadConfirmation, NobodyIsAskedForWhatIsAddedOrOnlyShown) {
  const auto added = load(replacing("a\n1\n", false));
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_FALSE(*added);
  EXPECT_EQ(server_.loaded, 1u);
  LoadRequest shown = replacing();
  shown.dry_run = true;
  const auto rehearsed = load(std::move(shown));
  ASSERT_TRUE(rehearsed) << rehearsed.error().message;
  EXPECT_FALSE(*rehearsed);
  LoadRequest agreed = replacing();
  agreed.confirmed = true;
  const auto replaced = load(std::move(agreed));
  ASSERT_TRUE(replaced) << replaced.error().message;
  EXPECT_FALSE(*replaced);
  EXPECT_EQ(server_.loaded, 3u);
}

TEST_F(LoadConfirmation, TheTierIsAskedFirst) {
  LoadRequest request = replacing();
  request.connection = "db";
  EXPECT_EQ(code_of(load(std::move(request))), Code::forbidden);
}

TEST(Candidates, TakeTheStrictestKindThatAllFit) {
  const auto kind = [](std::initializer_list<std::string_view> texts) {
    Candidates candidates;
    for (const std::string_view text : texts) candidates.narrow(text);
    return name(candidates.kind());
  };
  EXPECT_EQ(kind({}), "text");
  EXPECT_EQ(kind({"1", "-2", "0"}), "integer");
  EXPECT_EQ(kind({"1", "9223372036854775808"}), "decimal");
  EXPECT_EQ(kind({"1", "0.50"}), "decimal");
  EXPECT_EQ(kind({"1", "1.5e3"}), "real");
  EXPECT_EQ(kind({"1", "01"}), "text");
  EXPECT_EQ(kind({"+1"}), "text");
  EXPECT_EQ(kind({"1."}), "text");
  EXPECT_EQ(kind({"1e999"}), "text");
  EXPECT_EQ(kind({"true", "FALSE"}), "boolean");
  EXPECT_EQ(kind({"true", "1"}), "text");
  EXPECT_EQ(kind({"2026-11-24"}), "date");
  EXPECT_EQ(kind({"2026-11-24", "2026-11-24 10:00"}), "timestamp");
  EXPECT_EQ(kind({"2026-11-24T10:00:00.123Z", "2026-11-24 10:00+0200"}), "timestamp_tz");
  EXPECT_EQ(kind({"2026-13-24"}), "text");
  EXPECT_EQ(kind({"2026-11-24 25:00"}), "text");
  EXPECT_EQ(kind({""}), "text");
}

}  // namespace
}  // namespace dbops::ops
