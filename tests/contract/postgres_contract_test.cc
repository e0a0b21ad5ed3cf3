// PostgreSQL's quirks. As a superuser, whom the server itself refuses the least.

#include "connectors/postgres/connector.h"
#include "contract/contract.h"
#include "contract/postgres_database.h"
#include "contract/postgres_tables.h"

namespace dbops::contract {
namespace {

Statements postgres_statements() {
  const std::string for_long =
      "(select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b)";
  Statements texts;
  texts.setup =
      "create table shelves (id integer primary key, title text not null);"
      "create table items (id integer primary key, name text not null,"
      " shelf_id integer not null references shelves (id) on delete cascade);"
      "create unique index item_names on items (name);"
      "create view item_list as select name from items;"
      "create type mood as enum ('sad', 'glad');"
      "create domain positive as integer check (value > 0);"
      "create sequence counter;"
      "create function wipe() returns text language sql as 'delete from items; select ''gone''';"
      "create procedure wipe_all() language sql as 'delete from items';"
      "create view wiping as select wipe();"
      "insert into shelves values (1, 'even'), (2, 'odd');"
      "insert into items select i, 'item ' || i, 1 + i % 2 from generate_series(1, 100) i";
  texts.state =
      "select (select string_agg(concat(id, name, shelf_id), ',' order by id) from items),"
      " (select string_agg(concat(id, title), ',' order by id) from shelves),"
      " (select string_agg(relname, ',' order by oid) from pg_class where oid > 16383),"
      " (select string_agg(proname, ',' order by oid) from pg_proc where oid > 16383),"
      " (select count(*) from pg_largeobject_metadata), (select count(*) from pg_roles),"
      " (select concat(last_value, is_called) from counter)";
  texts.slow = "select " + for_long;
  texts.slow_write = "update items set name = name || " + for_long;
  texts.million =
      "select i, i * 1.5, 'text ' || i, i % 2 = 0, date '2026-11-24', null, md5(i::text),"
      " '\\x0102'::bytea from generate_series(1, 1000000) i";
  texts.mebibyte = "select repeat('x', 1048576)";
  texts.wide_columns = 1600;
  texts.wide = "select " + numbers_up_to(texts.wide_columns);
  texts.data_error = "select 1 / (id - 50) from items order by id";
  texts.positional = "select $1::text, $2::text, $3::text";
  return texts;
}

const Quirks kPostgres = {
    .connector = postgres::connector(),
    .sandbox = make_postgres_database,
    .statements = postgres_statements(),
    .types = postgres_types(),
    .attempts = postgres_attempts(),
    .disguised = {"select * from wiping", "select wipe()", "select public.wipe()",
                  "select 1 from items where wipe() is null",
                  "select id from items order by (select wipe())"},
    .bad_targets = postgres_bad_targets,
    .on_port = postgres_on_port,
    .over_tls = postgres_over_tls,
    .root = {"public"},
    .echo = [](std::string_view type) { return "select $1::" + std::string(type); },
    .own_id = "select pg_backend_pid()",
    .kill =
        [](std::string_view id) {
          return "select pg_terminate_backend(" + std::string(id) + ", 5000)";
        },
    .deviations = {{"BindsParametersByName", "PostgreSQL's parameters are $1, $2 ... alone"}},
};

INSTANTIATE_TEST_SUITE_P(postgres, Contract, testing::Values(&kPostgres));
INSTANTIATE_TEST_SUITE_P(postgres, Tables, testing::Values(&kPostgres));

}  // namespace
}  // namespace dbops::contract
