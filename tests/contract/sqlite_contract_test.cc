// SQLite's quirks.

#include <cstdio>
#include <fstream>

#include "base/bytes.h"
#include "connectors/sqlite/connector.h"
#include "contract/contract.h"
#include "contract/sqlite_tables.h"

namespace dbops::contract {
namespace {

// A file of its own in the folder for temporary files.
class File final : public Sandbox {
 public:
  ~File() override {
    for (const char* suffix : {"", "-wal", "-shm", "-journal", "-garbage"})
      std::remove((path_ + suffix).c_str());
  }
  ConnectionOptions options(Tier tier) const override { return at(path_, tier); }
  const std::string& path() const { return path_; }

  static ConnectionOptions at(const std::string& path, Tier tier) {
    ConnectionOptions options;
    options.name = "contract";
    options.url = Secret("sqlite:" + path);
    options.tier = tier;
    options.create = tier != Tier::read;
    return options;
  }

 private:
  std::string path_ = testing::TempDir() + "contract-" + random_name() + ".db";
};

Statements sqlite_statements() {
  const std::string numbers =
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < ";
  Statements texts;
  texts.setup =
      "create table shelves (id integer primary key, title text not null);"
      "create table items (id integer primary key, name text not null,"
      " shelf_id integer not null references shelves (id) on delete cascade);"
      "create unique index item_names on items (name);"
      "create view item_list as select name from items;"
      "insert into shelves values (1, 'even'), (2, 'odd');" +
      numbers + "100) insert into items select i, 'item ' || i, 1 + i % 2 from n";
  texts.state =
      "select (select group_concat(id || name || shelf_id) from items),"
      " (select group_concat(id || title) from shelves),"
      " (select group_concat(sql) from sqlite_schema)";
  texts.slow = numbers + "1000000000) select count(*) from n";
  texts.slow_write =
      numbers + "1000000000) update items set name = name || (select count(*) from n)";
  texts.million = numbers +
                  "1000000) select i, i * 1.5, 'text ' || i, i % 2, '2026-11-24', null, hex(i),"
                  " x'0102' from n";
  texts.mebibyte = "select replace(hex(zeroblob(524288)), '0', 'x')";
  texts.wide_columns = 1600;
  texts.wide = "select " + numbers_up_to(texts.wide_columns);
  texts.data_error = "select json_extract('{', '$.a')";
  texts.positional = "select ?, ?, ?";
  texts.named = "select :a, :b, :c";
  return texts;
}

std::vector<BadTarget> bad_targets(const Sandbox& sandbox) {
  const std::string path = dynamic_cast<const File&>(sandbox).path();
  const std::string missing = path + "-missing";
  const std::string garbage = path + "-garbage";
  std::ofstream(garbage) << std::string(8192, '?');
  const std::string folder = path + "-missing/x.db";
  return {
      {"no such file", File::at(missing, Tier::read), Code::not_found, {missing}},
      {"no database", File::at(garbage, Tier::read), Code::corrupt, {garbage}},
      {"no such folder", File::at(folder, Tier::write), Code::not_found, {path + "-missing"}},
      {"a folder",
       File::at(testing::TempDir(), Tier::read),
       Code::invalid_config,
       {testing::TempDir()}},
  };
}

const std::string_view kNoServer = "SQLite has no server: a file is opened in this process";

const Quirks kSqlite = {
    .connector = sqlite::connector(),
    .sandbox = [] { return std::make_unique<File>(); },
    .statements = sqlite_statements(),
    .types = sqlite_types(),
    .attempts = sqlite_attempts(),
    .bad_targets = bad_targets,
    .echo = [](std::string_view) { return std::string("select ?1"); },
    .deviations =
        {
            {"CancelsAConnect", kNoServer},
            {"EndsAConnectAtTheDeadline", kNoServer},
            {"ConnectsOverTls", kNoServer},
            {"APoolHealsAfterALinkIsCutBetweenCalls", kNoServer},
            {"TellsThatALinkIsCutInTheMidstOfRows", kNoServer},
            {"AWriteThatIsCutBeforeItsCommitChangesNothing", kNoServer},
        },
};

INSTANTIATE_TEST_SUITE_P(sqlite, Contract, testing::Values(&kSqlite));
INSTANTIATE_TEST_SUITE_P(sqlite, Tables, testing::Values(&kSqlite));
INSTANTIATE_TEST_SUITE_P(sqlite, Transactions, testing::Values(&kSqlite));

}  // namespace
}  // namespace dbops::contract
