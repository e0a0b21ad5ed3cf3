// What the contract suite must know of an engine. The suite holds every connector to the same
// promises (see tests/contract/*_contract.cc); an engine's Quirks say how they are asked for in its
// language, and where it differs. What is set here already is plain SQL. Tests of the suite
// Contract hold for whatever keeps a hundred items; those of the suite Tables speak of columns,
// views, constraints and transactions.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/connector.h"

namespace dbops::contract {

// A database of its own for one test; gone with the handle.
class Sandbox {
 public:
  virtual ~Sandbox() = default;
  virtual ConnectionOptions options(Tier tier) const = 0;
};

// Texts in the engine's language. Each test starts from what `setup` made.
struct Statements {
  // Makes `items`: 100 of them, which read_items reads as number and name: 1 and "item 1" and so
  // on; `shelves`, and at least one thing more beside them. With tables: `shelves` (id, title) are
  // 1 "even" and 2 "odd"; `items` (id, name, shelf_id) has id as the key, a unique index item_names
  // on name, and shelf_id pointing to shelves with cascading deletes; and a view `item_list` of the
  // items' names.
  std::string setup;
  std::string read_items = "select id, name from items order by id";
  std::vector<std::string> item_columns = {"id", "name"};
  std::string separator = ";";                  // Stands between two statements of a script.
  std::string nothing = "  ;\n; -- nothing\n";  // A text without a statement.
  std::string state;  // Reads (in one statement or several) what differs after any change.
  std::string add_item = "insert into items values (101, 'item 101', 1)";
  std::string add_duplicate = "insert into items values (1, 'one more', 1)";
  std::string add_orphan = "insert into items values (102, 'item 102', 99)";  // No such shelf.
  std::string rename_items = "update items set name = 'new ' || name";        // All 100.
  bool counts_changes = true;  // Whether the engine says how many items a write has changed.
  std::string slow;            // Reads for 10 s or more before its first row.
  std::string slow_write;      // Changes items for 10 s or more.
  std::string million;         // Reads 1,000,000 rows, with tables of 8 columns of several types.
  size_t million_columns = 8;
  std::string mebibyte;                            // Reads one cell of text, 1 MiB of "x".
  std::string null_and_empty = "select null, ''";  // As two cells, of one row or of two.
  std::string wide;  // Reads one row of `wide_columns` cells: 1, 2, 3 ...
  size_t wide_columns = 0;
  std::string syntax_error = "select id fro items";
  std::optional<uint64_t> syntax_error_position = 15;  // nullopt where the engine doesn't tell.
  std::string missing_relation = "select * from itemz";
  std::string data_error;  // Reads, and runs into a value it can't work with.
  std::string positional;  // Reads three text parameters, as three cells.
  std::string named;       // The same, with the names a, b, c.
};

// One type of the engine, read from a literal, and sent back as a parameter.
struct TypeCase {
  std::string literal;
  std::string type;  // What Column::type calls it.
  Kind kind = Kind::null;
  std::string text;    // As append_text() shows it.
  bool echoes = true;  // False: can't be sent as a parameter.
};

// A statement that must not get through in the read tier.
struct Attempt {
  std::string statement;
  // Why the engine alone would let it through; empty where it refuses by itself, which is then
  // tested with dbops' own classification bypassed.
  std::string_view engine_lets_it = {};
  // Why the dialect alone can't see it; empty where it does.
  std::string_view unseen_by_dialect = {};
};

// A connection that can't be had.
struct BadTarget {
  std::string_view what;
  ConnectionOptions options;
  Code code = Code::internal;
  std::vector<std::string> mentions = {};  // What the message must name.
};

// A test, or a whole suite, that makes no sense for this engine, and why.
struct Deviation {
  std::string_view test;
  std::string_view reason;
};

struct Quirks {
  const Connector& connector;
  std::function<std::unique_ptr<Sandbox>()> sandbox;
  Statements statements;
  std::vector<TypeCase> types;
  std::vector<Attempt> attempts;
  // Reads by their text that write by what they call: the engine alone can refuse them.
  std::vector<std::string> disguised = {};
  // Secrets in them are "hunter2", which must not come out.
  std::function<std::vector<BadTarget>(const Sandbox&)> bad_targets;
  // Connects to whatever listens on that port of 127.0.0.1.
  std::function<ConnectionOptions(const Sandbox&, uint16_t)> on_port = {};
  // The sandbox's database over TLS, verified.
  std::function<ConnectionOptions(const Sandbox&)> over_tls = {};
  std::vector<std::string> root = {};  // The catalogue path that items stands in.
  // Reads its one parameter as a value of that type.
  std::function<std::string(std::string_view type)> echo;
  // Reads the id of its own session; ends a session by its id, in the admin tier.
  std::string own_id = {};
  std::function<std::string(std::string_view id)> kill = {};
  // Why a call that is cancelled or out of time ends its link; empty where the link lives on.
  std::string_view stop_ends_link = {};
  // What is known of a write that was stopped midway.
  Effect stopped_write = Effect::none;
  // Names that dialect().quote() must not leave as they are, and one of its keywords.
  std::vector<std::string_view> quoted_names = {"select", "two words", "", "1st"};
  std::string_view keyword = "SELECT";
  std::vector<Deviation> deviations = {};
  // Operations that the server under test lacks: they must answer Code::unsupported with a hint.
  std::vector<std::string_view> lacking_operations = {};

  std::function<std::string(std::string_view)> read_literal = [](std::string_view literal) {
    return "select " + std::string(literal);
  };
  // Make, fill (with "x") and read something of that name; with tables, one of one text column that
  // has the name too.
  std::function<std::string(std::string)> make_named = [](const std::string& quoted) {
    return "create table " + quoted + " (" + quoted + " text)";
  };
  std::function<std::string(std::string)> fill_named = [](const std::string& quoted) {
    return "insert into " + quoted + " values ('x')";
  };
  std::function<std::string(std::string)> read_named = [](const std::string& quoted) {
    return "select " + quoted + " from " + quoted;
  };
};

// "1,2,3" up to `count`: for statements with very many columns.
std::string numbers_up_to(size_t count);

}  // namespace dbops::contract
