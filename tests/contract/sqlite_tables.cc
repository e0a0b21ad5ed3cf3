#include "contract/sqlite_tables.h"

namespace dbops::contract {
namespace {

constexpr std::string_view kFunction =
    "which functions a statement calls is judged by the authorizer while SQLite compiles it";

}  // namespace

// A value has its own type, whatever its column says; an expression has no declared one.
std::vector<TypeCase> sqlite_types() {
  return {
      {"null", "", Kind::null, "NULL"},
      {"0", "", Kind::integer, "0"},
      {"9223372036854775807", "", Kind::integer, "9223372036854775807"},
      {"-9223372036854775807 - 1", "", Kind::integer, "-9223372036854775808"},
      {"9007199254740993", "", Kind::integer, "9007199254740993"},
      {"0.1", "", Kind::real, "0.1"},
      {"5e-324", "", Kind::real, "5e-324"},
      {"1.7976931348623157e308", "", Kind::real, "1.7976931348623157e+308"},
      {"9e999", "", Kind::real, "Infinity"},
      {"-9e999", "", Kind::real, "-Infinity"},
      {"''", "", Kind::text, ""},
      {"'NULL'", "", Kind::text, "NULL"},
      {"'✈️ größe'", "", Kind::text, "✈️ größe"},
      {"'a' || char(10, 9) || 'b'", "", Kind::text, "a\n\tb"},
      {"'a' || char(0) || 'b'", "", Kind::text, std::string("a\0b", 3)},
      {"cast(x'61ff' as text)", "", Kind::bytes, "\\x61ff"},  // text that is no UTF-8
      {"x''", "", Kind::bytes, "\\x"},
      {"x'00ff10'", "", Kind::bytes, "\\x00ff10"},
      {"zeroblob(3)", "", Kind::bytes, "\\x000000"},
  };
}

std::vector<Attempt> sqlite_attempts() {
  return {
      {"insert into items values (200, 'x', 1)"},
      {"insert into items values (200, 'x', 1) returning id"},
      {"replace into items values (1, 'x', 1)"},
      {"insert or ignore into items values (200, 'x', 1)"},
      {"insert into items values (1, 'x', 1) on conflict (id) do update set name = 'y'"},
      {"update items set name = 'x' where id = 1"},
      {"delete from items"},
      {"delete from items where id = 1 returning name"},
      {"with doomed as (select id from items) delete from items where id in doomed"},
      {"with n(i) as (select 200) insert into items select i, 'x', 1 from n"},
      {"/* select */ delete from items"},
      {"-- select\ndelete from items"},
      {"  ;; delete from items"},
      {"select 1; delete from items"},
      {"select 1 /* ; */; drop table items; select 2"},
      {"explain select 1; delete from items"},
      {"create table t (a)"},
      {"create table t as select * from items"},
      {"create temp table t (a)"},
      {"create view v as select 1"},
      {"create temp view v as select 1"},
      {"create index i on items (shelf_id)"},
      {"create trigger t after insert on items begin delete from items; end"},
      {"create temp trigger t after insert on items begin delete from items; end"},
      {"create virtual table t using fts5(a)"},
      {"drop table items"},
      {"drop view item_list"},
      {"drop index item_names"},
      {"alter table items rename to t"},
      {"alter table items add column x"},
      {"analyze"},
      {"reindex"},
      {"vacuum"},
      {"vacuum into 'contract_copy.db'"},
      {"attach 'contract_other.db' as other"},
      {"attach ':memory:' as other"},
      {"detach main"},
      {"begin immediate"},
      {"begin; delete from items; commit"},
      {"savepoint s"},
      {"commit"},
      {"rollback"},
      {"pragma user_version = 7"},
      {"pragma user_version(7)"},
      {"pragma main.user_version = 7"},
      {"PRAGMA\n/* x */ application_id = 7"},
      {"pragma journal_mode = wal"},
      {"pragma journal_mode = delete"},
      {"pragma query_only = 0"},
      {"pragma query_only(off)"},
      {"pragma writable_schema = on"},
      {"pragma foreign_keys = off"},
      {"pragma wal_checkpoint(truncate)"},
      {"pragma incremental_vacuum"},
      {"pragma optimize"},
      {"pragma auto_vacuum = full"},
      {"pragma encoding = 'UTF-16'"},
      {"pragma temp_store_directory = '/tmp'"},
      {"pragma mmap_size = 1"},
      {"pragma locking_mode = exclusive"},
      {"pragma schema_version = 1"},
      {"select load_extension('x')", {}, kFunction},
      {"select id from items where load_extension('x', 'y') is null", {}, kFunction},
      {"select fts3_tokenizer('simple', x'0000000000000000')", {}, kFunction},
  };
}

}  // namespace dbops::contract
