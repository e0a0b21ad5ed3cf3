// What the tests of ops share: a workspace over the fake connector, and a sink that keeps all.
#pragma once

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/value_text.h"
#include "fakes/fake_connector.h"
#include "ops/confirmations.h"
#include "ops/cursors.h"
#include "ops/inspect.h"
#include "ops/query.h"
#include "ops/scripts.h"

namespace dbops::ops {

// Keeps the rows as text, cells joined by commas.
class Collected final : public Sink {
 public:
  explicit Collected(uint64_t rows_max = 0) : rows_max_(rows_max) {}
  Result<void> begin(const Schema& schema) override {
    schemas.push_back(schema);
    return {};
  }
  Result<bool> row(std::span<const Value> cells) override {
    if (row_error) return fail(*row_error);
    if (rows_max_ != 0 && rows.size() == rows_max_) return false;
    std::string& line = rows.emplace_back();
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line += ',';
      append_text(line, cells[i]);
    }
    return true;
  }
  Result<void> end(const Page& page) override {
    if (end_error) return fail(*end_error);
    pages.push_back(page);
    return {};
  }
  uint64_t bytes_max() const override { return rows_max_; }

  std::vector<Schema> schemas;
  std::vector<std::string> rows;
  std::vector<Page> pages;
  std::optional<Error> row_error;
  std::optional<Error> end_error;

 private:
  uint64_t rows_max_;
};

// Connections `db` (read), `other` (read), `writable` (write), `owned` (admin) and `one` (read, a
// pool of one session), all on one server.
class OpsTest : public testing::Test {
 protected:
  explicit OpsTest(Settings settings = {}, std::unique_ptr<Audit> audit = nullptr)
      : workspace_(connect(), std::move(settings), std::move(audit)) {
    context_.principal = "ada";
  }

  Result<void> query(const std::string& statement, Sink& sink, std::optional<uint64_t> limit = {},
                     const std::string& connection = "db") {
    QueryRequest request;
    request.connection = connection;
    request.statement = statement;
    request.limit = limit;
    return ops::query(workspace_, context_, std::move(request), sink);
  }
  Result<void> next_page(const std::string& cursor, Sink& sink,
                         const std::string& connection = "db") {
    QueryRequest request;
    request.connection = connection;
    request.cursor = cursor;
    return ops::query(workspace_, context_, std::move(request), sink);
  }
  // A cursor behind the first row of many.
  std::string held(const std::string& connection = "db") {
    Collected page;
    EXPECT_TRUE(query("SELECT 1000000", page, 1, connection));
    return page.pages.empty() ? std::string() : page.pages.back().cursor;
  }
  ExecuteRequest writing(const std::string& statement,
                         const std::string& connection = "writable") const {
    ExecuteRequest request;
    request.connection = connection;
    request.statement = statement;
    return request;
  }

  fakes::Server server_;
  fakes::FakeConnector connector_{server_};
  const Connector* const connectors_[1] = {&connector_};
  Workspace workspace_;
  Context context_;

 private:
  Connections connect() {
    Connections connections(connectors_);
    const auto add = [&](const std::string& name, Tier tier, size_t pool_max) {
      ConnectionOptions options;
      options.name = name;
      options.url = Secret("fake:" + name);
      options.tier = tier;
      options.pool_max = pool_max;
      EXPECT_TRUE(connections.add(std::move(options)));
    };
    add("db", Tier::read, 4);
    add("other", Tier::read, 4);
    add("writable", Tier::write, 4);
    add("owned", Tier::admin, 4);
    add("one", Tier::read, 1);
    return connections;
  }
};

// nullopt: it went well.
template <class T>
std::optional<Code> code_of(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error().code;
}

}  // namespace dbops::ops
