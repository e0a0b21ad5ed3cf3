// What the parts of a session share: the link, what is known of the server, and the settings every
// statement of a user relies on.
#pragma once

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/stream.h"
#include "connectors/postgres/connect.h"
#include "connectors/postgres/gate.h"
#include "connectors/postgres/link.h"
#include "connectors/postgres/parameters.h"
#include "connectors/postgres/ruling.h"
#include "connectors/postgres/types.h"
#include "core/session.h"

namespace dbops::postgres {

// What a statement answers.
struct Shape {
  Schema schema;
  std::vector<CellType> cells;
};

// A statement that the server has parsed.
struct Prepared {
  std::string text;
  std::vector<Oid> types;  // Declared for its parameters.
  std::string name;        // On the server; empty: not kept there, send the text again.
  std::shared_ptr<const Shape> shape;
};

// Not thread-safe. Nothing else may be running on the link when one of these is called.
class Core {
 public:
  // A held stream may be pulled this often before the server's own limit ends it.
  static constexpr int kHoldsMax = 64;
  static constexpr std::chrono::minutes kIdleInTransactionMax{5};
  static constexpr size_t kPreparedMax = 128;             // statements kept on the server
  static constexpr size_t kPreparedBytesMax = 64u << 10;  // longer texts are not kept
  static constexpr size_t kAdmittedMax = 1000;            // texts remembered as harmless
  static constexpr int kVersionChecked = 140000;          // has client_connection_check_interval

  Core(std::unique_ptr<Link> link, const Target& target, Tier tier, Access access);

  Link& link() { return *link_; }
  Types& types() { return types_; }
  // Nothing of a session is lost between two calls.
  bool keeps_sessions() const { return prepare_; }
  int version() const { return PQserverVersion(link_->raw()); }
  Tier tier() const { return tier_; }
  const Ruling& ruling() const { return ruling_; }
  // The server says that texts are UTF-8.
  bool trusted() const { return trusted_; }

  // Puts the session's settings as they must be: at the start, and again after a script that may
  // have changed them.
  Result<void> settle(const Context& context);
  // Before each script: settings as they must be, and the server's time limit as the context has
  // it.
  Result<void> make_ready(const Context& context);
  // A script may have changed settings, roles, locks or temporary objects: settle() before the
  // next.
  void soil() { settled_ = false; }
  // A statement outside a transaction block can't write: the server itself says so.
  bool guarded() const;
  // "BEGIN ..." with all that must hold inside.
  std::string begin_command(Mode mode) const;
  // The time limit the server has now; zero: none.
  std::chrono::milliseconds armed() const { return armed_; }

  // Whether all functions that a read calls are harmless: Code::forbidden with the name of one that
  // is not. True where it runs what somebody made, so that soil() is due after it.
  Result<bool> admit(const Context& context, std::string_view text);
  // The statement, parsed by the server and its result described, from the cache where it was used
  // before. The pointer lives until the next call.
  Result<Prepared*> prepare(const Context& context, std::string_view text, const Binding& binding);
  // The server no longer takes the statement as it was parsed.
  void forget(std::string_view text);

 private:
  using Entries = std::list<Prepared>;
  std::string settings(std::string_view set) const;
  Prepared* look_up(std::string_view text, const Binding& binding);
  Result<void> take_apart(std::string_view text);
  Result<void> parse_on_server(const Context& context, const Facts& facts, const Binding& binding,
                               Prepared& prepared);
  Result<void> describe(const Context& context, const PGresult& description, Prepared& prepared);
  Result<void> make_room(const Context& context);

  std::unique_ptr<Link> link_;
  const bool prepare_;  // false: a pooler stands between, nothing is kept from call to call
  const std::string lock_timeout_;
  const Tier tier_;
  const Ruling ruling_;
  bool trusted_ = true;
  bool settled_ = false;
  bool used_ = false;  // Settled once, so there may be something to clean.
  std::chrono::milliseconds armed_{0};
  Types types_;
  Gate gate_;
  Entries entries_;  // The latest used one first.
  std::unordered_map<std::string_view, Entries::iterator> by_text_;
  Prepared single_;  // The latest one that is not kept: too long, or of no use.
  uint64_t names_made_ = 0;
  std::string latest_text_;  // What admit() has taken apart, for the prepare() that follows.
  Facts latest_facts_;
  // The texts whose functions were found harmless, in the gate's epoch `admitted_in_`, and what
  // admit() says of them.
  std::map<std::string, bool, std::less<>> admitted_;
  uint64_t admitted_in_ = 0;
};

}  // namespace dbops::postgres
