// Search by vector, which is the layer below: the server with pgvector is the one with TimescaleDB.
#include <gmock/gmock-matchers.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>

#include "base/value_text.h"
#include "connectors/postgres/search_sql.h"
#include "connectors/postgres/session.h"
#include "connectors/postgres/testing.h"

namespace dbops::postgres {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kDrop = "drop schema if exists dbops_near cascade";

class SearchVectors : public testing::Test {
 protected:
  void SetUp() override {
    writer_ = open_session(Tier::admin, server_url("DBOPS_TEST_PGVECTOR"));
    session_ = open_session(Tier::read, server_url("DBOPS_TEST_PGVECTOR"));
    ASSERT_TRUE(writer_ && session_);
    run(*writer_, kDrop, Mode::write);
    run(*writer_,
        "create schema dbops_near; set local search_path = dbops_near, public;"
        "create table t (id int primary key, kind text, v vector(3));"
        "insert into t values (1, 'a', '[1,0,0]'), (2, 'b', '[0.9,0.1,0]'), (3, 'a', '[0,0,5]'),"
        " (4, 'a', null), (5, 'b', '[0,1,0]');"
        "create table many (id int primary key, kind int, l2 vector(2), ip vector(2), l1 vector(2),"
        " half halfvec(2), free vector);"
        "insert into many select i, i % 1000, v, v, v, v, v from (select i, "
        "('[' || i || ',' || 5000 - i || ']')::vector(2) v from generate_series(1, 5000) i) s;"
        "create index on many using hnsw (l2 vector_l2_ops);"
        "create index on many using ivfflat (ip vector_ip_ops) with (lists = 5);"
        "create index on many using hnsw (l1 vector_l1_ops);"
        "create index on many using hnsw (half halfvec_cosine_ops);",
        Mode::write);
    run(*writer_, "analyze dbops_near.many", Mode::write);
  }
  void TearDown() override {
    if (writer_) run(*writer_, kDrop, Mode::write);
  }

  SearchRequest request(const std::string& table, std::vector<float> vector,
                        std::vector<std::string> fields = {}, std::string_view filter = "{}",
                        uint64_t limit = 3) {
    return {.path = {"dbops_near", table},
            .vector = std::move(vector),
            .fields = std::move(fields),
            .conditions = read_conditions(parse_json(filter)->as_object()).value(),
            .limit = limit};
  }

  // "id score" of each hit, the score with two places; or the error's code.
  std::vector<std::string> search(const SearchRequest& request) {
    auto found = session_->searcher()->search(context_of(), request);
    warnings_.clear();
    if (!found) {
      message_ = found.error().message;
      return {std::string(name(found.error().code))};
    }
    std::vector<std::string> hits;
    Batch batch;
    for (auto more = (*found)->next(context_of(), batch); more && *more;
         more = (*found)->next(context_of(), batch))
      for (size_t i = 0; i < batch.rows(); ++i) {
        std::string& hit = hits.emplace_back();
        append_text(hit, batch.row(i)[0]);
        hit += ' ' + std::to_string(std::lround(batch.row(i)[1].as_real() * 100));
        document_ = batch.row(i)[2].as_text();
      }
    for (const std::string& warning : (*found)->summary().warnings) warnings_ += warning + "; ";
    return hits;
  }

  std::string plan(const SearchRequest& request) {
    Core& core = dynamic_cast<PostgresSession&>(*session_).core();
    const auto made = search_sql(*look_at(context_of(), core, request.path), request);
    EXPECT_TRUE(made);
    std::string lines;
    const Answer answer =
        run(*session_, "explain " + made->statement.sql, Mode::read, made->statement.parameters);
    for (const Row& row : answer.rows[0]) lines += row[0];
    return lines;
  }

  std::unique_ptr<Session> writer_, session_;
  std::string warnings_, message_, document_;
};

TEST_F(SearchVectors, AreNearByTheCosineWhereThereIsNoIndex) {
  EXPECT_THAT(search(request("t", {2, 0, 0})), ElementsAre("1 100", "2 99", "3 0"));
  EXPECT_THAT(warnings_, HasSubstr("every row is read, by the cosine"));
  EXPECT_EQ(document_, R"({"id":3,"kind":"a"})");
  EXPECT_THAT(search(request("t", {2, 0, 0}, {"v"}, R"({"kind": "b"})")),
              ElementsAre("2 99", "5 0"));
}

// Such an index finds most of what is nearest, not all, and not the same at each building: what is
// sure is that each hit scores as it should, and that they come best first.
TEST_F(SearchVectors, AreNearByTheOperatorOfTheirIndex) {
  // Vector i is [i, 5000 - i]; how near it is to [7, 4993], or to [1, 0] for the inner product.
  const auto score = [](std::string_view field, double i) {
    if (field == "l2") return 1 / (1 + std::sqrt(2) * std::abs(i - 7));
    if (field == "l1") return 1 / (1 + 2 * std::abs(i - 7));
    if (field == "ip") return i;
    return (7 * i + 4993 * (5000 - i)) / (std::hypot(7, 4993) * std::hypot(i, 5000 - i));
  };
  for (const std::string field : {"l2", "l1", "ip", "half"}) {
    SCOPED_TRACE(field);
    const auto wanted =
        request("many", field == "ip" ? std::vector<float>{1, 0} : std::vector<float>{7, 4993},
                {field}, "{}", 20);
    const auto hits = search(wanted);
    EXPECT_THAT(warnings_, Not(HasSubstr("every row")));
    EXPECT_EQ(warnings_.find("approximate") != std::string::npos, field == "ip");
    ASSERT_EQ(hits.size(), 20U);
    double before = HUGE_VAL;
    for (const std::string& hit : hits) {
      const size_t blank = hit.find(' ');
      const double found = std::strtod(hit.c_str() + blank, nullptr) / 100;
      EXPECT_NEAR(found, score(field, std::strtod(hit.c_str(), nullptr)), 0.02) << hit;
      EXPECT_LE(found, before);
      before = found;
    }
    EXPECT_THAT(plan(wanted), HasSubstr("Index Scan using many_"));
  }
}

// One row of a thousand passes, and more are wanted than the index looks at by itself (40).
TEST_F(SearchVectors, FindAllThatAFilterLeavesThroughTheIndex) {
  EXPECT_EQ(search(request("many", {0, 5000}, {"l2"}, R"({"kind": {"lt": 30}})", 100)).size(),
            100U);
  EXPECT_EQ(one(*session_, "select current_setting('hnsw.iterative_scan')"), "\"off\"");
}

// The rows of t, with words: 1 is nearest and has none, 3 is far and has the best.
TEST_F(SearchVectors, GoTogetherWithWords) {
  run(*writer_,
      "create table dbops_near.both (a int, b text, body text, v vector(3), extra vector(2),"
      " primary key (b, a));"
      "insert into dbops_near.both values (1, 'x', 'sand', '[1,0,0]'), (2, 'x', 'red apple', "
      "'[0.9,0.1,0]'), (3, 'x', 'apple, apple, apples', '[0,0,5]'), (4, 'y', 'an apple', null),"
      " (5, 'y', 'nothing', null);"
      "create view dbops_near.seen as select * from dbops_near.both",
      Mode::write);
  SearchRequest wanted = request("both", {1, 0, 0});
  wanted.text = "apple";
  wanted.limit = 10;
  // By words 3, then 2 and 4 in the order of their keys; by vector 1, 2, 3: 1/61 + 1/63, 2/62,
  // 1/61, 1/63.
  const auto hits = search(wanted);
  EXPECT_THAT(hits, ElementsAre(R"({"b":"x","a":3} 3)", R"({"b":"x","a":2} 3)",
                                R"({"b":"x","a":1} 2)", R"({"b":"y","a":4} 2)"));
  EXPECT_EQ(document_, R"({"a":4,"b":"y","body":"an apple"})");
  EXPECT_THAT(warnings_, HasSubstr("each enough"));
  wanted.limit = 1;
  EXPECT_THAT(search(wanted), ElementsAre(R"({"b":"x","a":3} 3)"));
  wanted.limit = 10;
  wanted.fields = {"body", "v"};
  EXPECT_EQ(search(wanted), hits);
  wanted.fields.clear();
  wanted.conditions =
      read_conditions(parse_json(R"({"b": "y", "a": {"in": [4, 5]}})")->as_object()).value();
  EXPECT_THAT(search(wanted), ElementsAre(R"({"b":"y","a":4} 2)"));
  wanted.conditions.clear();
  wanted.path[1] = "seen";
  EXPECT_THAT(search(wanted), ElementsAre("unsupported"));
  EXPECT_THAT(message_, HasSubstr("primary key"));
  wanted.path[1] = "both";
  wanted.fields = {"v", "extra"};
  EXPECT_THAT(search(wanted), ElementsAre("invalid_argument"));
}

// Each way goes through its own index.
TEST_F(SearchVectors, GoTogetherWithWordsThroughTheirIndexes) {
  run(*writer_,
      "create table dbops_near.pages (id int primary key, body text, v vector(2));"
      "insert into dbops_near.pages select i, case when i % 100 = 0 then 'apple ' else 'filler ' "
      "end || i, ('[' || i || ',' || 5000 - i || ']')::vector(2) from generate_series(1, 5000) i;"
      "create index on dbops_near.pages using gin (to_tsvector('english', body));"
      "create index on dbops_near.pages using hnsw (v vector_l2_ops);",
      Mode::write);
  run(*writer_, "analyze dbops_near.pages", Mode::write);
  SearchRequest wanted = request("pages", {300, 4700});
  wanted.text = "apple";
  const auto hits = search(wanted);
  ASSERT_FALSE(hits.empty());
  EXPECT_THAT(hits[0], testing::StartsWith("300 "));
  EXPECT_THAT(plan(wanted), AllOf(HasSubstr("Bitmap Index Scan on pages_to_tsvector"),
                                  HasSubstr("Index Scan using pages_v_idx")));
}

TEST_F(SearchVectors, SayWhatIsWrong) {
  EXPECT_THAT(search(request("t", {1, 2})), ElementsAre("invalid_argument"));
  EXPECT_THAT(message_, HasSubstr("3"));
  EXPECT_THAT(search(request("t", {1, 2, 3}, {"kind"})), ElementsAre("invalid_argument"));
  EXPECT_THAT(search(request("t", {1, 2, 3}, {"kind", "v"})), ElementsAre("invalid_argument"));
  EXPECT_THAT(search(request("many", {1, 2, 3}, {"free"})), ElementsAre("data"));
}

}  // namespace
}  // namespace dbops::postgres
