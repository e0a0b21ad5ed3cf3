#include "contract/postgres_database.h"

#include <cstdlib>

#include "base/bytes.h"
#include "contract/contract.h"
#include "contract/postgres_tables.h"
#include "net/url.h"

namespace dbops::contract {
namespace {

// The server that ./test has started, as the parts of its URL.
Url server(const std::string& variable) {
  const char* url = std::getenv(variable.c_str());
  if (url == nullptr) throw std::runtime_error(variable + " is not set: run ./test");
  return must(Url::parse(url));
}

ConnectionOptions options_of(const Url& url, Tier tier) {
  std::string text = url.scheme + "://" + url.user + ":" + std::string(url.password.reveal()) +
                     "@" + url.hosts[0].name + ":" + std::to_string(url.hosts[0].port.value()) +
                     url.path;
  for (size_t i = 0; i < url.query.size(); ++i)
    text += (i == 0 ? "?" : "&") + url.query[i].first + "=" + url.query[i].second;
  ConnectionOptions options;
  options.name = "contract";
  options.url = Secret(std::move(text));
  options.tier = tier;
  return options;
}

// A database of its own on the server.
class Database final : public Sandbox {
 public:
  explicit Database(const PostgresServer& server) : server_(server) {
    administer(contract::server(server_.variable), "create database " + name_);
    if (!server_.prepare.empty()) administer(url(), server_.prepare);
  }
  ~Database() override {
    administer(contract::server(server_.variable),
               "drop database if exists " + name_ + " with (force)");
  }
  ConnectionOptions options(Tier tier) const override { return options_of(url(), tier); }
  Url url() const { return at(server_.variable); }
  Url tls_url() const { return at(server_.variable + "_TLS"); }

 private:
  Url at(const std::string& variable) const {
    Url url = server(variable);
    url.path = "/" + name_;
    return url;
  }
  void administer(const Url& url, const std::string& statement) const {
    const Connector& connector = server_.connector;
    const auto session = must(connector.connect({}, options_of(url, Tier::admin)));
    must(run({}, *session, must(connector.dialect().parse(statement)), {}, Mode::write));
  }

  const PostgresServer& server_;
  const std::string name_ = "contract_" + random_name();
};

const Database& database(const Sandbox& sandbox) { return dynamic_cast<const Database&>(sandbox); }

std::vector<BadTarget> bad_targets(const Sandbox& sandbox) {
  const Url good = database(sandbox).url();
  const std::string port = std::to_string(good.hosts[0].port.value());
  std::vector<BadTarget> targets;
  const auto add = [&](std::string_view what, const Url& url, Code code,
                       std::vector<std::string> mentions) {
    targets.push_back({what, options_of(url, Tier::read), code, std::move(mentions)});
  };
  Url url = good;
  url.password = Secret("hunter2");
  add("wrong password", url, Code::authentication, {"127.0.0.1", port, url.user});
  url.hosts[0].name = "no-such-host.invalid";
  add("unknown host", url, Code::unknown_host, {"no-such-host.invalid", port});
  url.hosts[0] = {.name = "127.0.0.1", .port = 1};
  add("refused port", url, Code::unreachable, {"127.0.0.1", "1"});
  url = good;
  url.path = "/no_such_database";
  add("no such database", url, Code::not_found, {"no_such_database", "127.0.0.1", port});
  url = database(sandbox).tls_url();
  url.hosts[0].name = "db.example";  // Not a name that the server's certificate has.
  url.query.emplace_back("hostaddr", "127.0.0.1");
  add("another's certificate", url, Code::tls, {"db.example", port});
  return targets;
}

ConnectionOptions on_port(const Sandbox& sandbox, uint16_t port) {
  Url url = database(sandbox).url();
  url.hosts[0].port = port;
  return options_of(url, Tier::read);
}

ConnectionOptions over_tls(const Sandbox& sandbox) {
  return options_of(database(sandbox).tls_url(), Tier::read);
}

Statements statements() {
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

}  // namespace

Quirks postgres_quirks(const PostgresServer& server) {
  return {
      .connector = server.connector,
      .sandbox = [&server] { return std::make_unique<Database>(server); },
      .statements = statements(),
      .types = postgres_types(),
      .attempts = postgres_attempts(),
      .disguised = {"select * from wiping", "select wipe()", "select public.wipe()",
                    "select 1 from items where wipe() is null",
                    "select id from items order by (select wipe())"},
      .bad_targets = bad_targets,
      .on_port = on_port,
      .over_tls = over_tls,
      .root = {"public"},
      .echo = [](std::string_view type) { return "select $1::" + std::string(type); },
      .own_id = "select pg_backend_pid()",
      .kill =
          [](std::string_view id) {
            return "select pg_terminate_backend(" + std::string(id) + ", 5000)";
          },
      .deviations = {{"BindsParametersByName", "PostgreSQL's parameters are $1, $2 ... alone"}},
  };
}

}  // namespace dbops::contract
