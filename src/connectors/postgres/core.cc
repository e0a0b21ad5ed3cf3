#include "connectors/postgres/core.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "connectors/postgres/classify.h"

namespace dbops::postgres {
namespace {

using std::chrono::milliseconds;

// How far the server's limit may lie beyond the caller's own before it is set anew: calls with the
// same time limit differ by the microseconds they have waited.
milliseconds slack(milliseconds wanted) { return wanted / 20 + milliseconds(100); }

// What a script may have left behind, as DISCARD ALL does but for the prepared statements.
constexpr std::string_view kClean =
    "CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; UNLISTEN *; "
    "SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; ";

tl::unexpected<Error> wrong_count(int wanted, size_t given) {
  return fail(Code::invalid_argument,
              "the statement has " + std::to_string(wanted) + " parameters, but " +
                  std::to_string(given) + " values were given",
              wanted > 0 ? "give one value for each of $1 to $" + std::to_string(wanted) : "");
}

// Nothing in the statement says what type a parameter has.
bool undecided_types(const Error& error) {
  return error.native_code == "42P18" || error.native_code == "42725" ||
         error.native_code == "42804";
}

}  // namespace

Core::Core(std::unique_ptr<Link> link, const Target& target, Tier tier, Access access)
    : link_(std::move(link)),
      prepare_(target.prepare),
      lock_timeout_(target.lock_timeout),
      tier_(tier),
      ruling_(std::move(access)) {
  trusted_ = link_->reported("server_encoding") != "SQL_ASCII";
}

// `set`: "SET " or "SET LOCAL ".
std::string Core::settings(std::string_view set) const {
  std::string sql;
  const auto add = [&](std::string_view assignment) {
    sql.append(set).append(assignment).append("; ");
  };
  add("standard_conforming_strings = on");
  add("timezone = 'UTC'");
  add("datestyle = 'ISO, YMD'");
  add("intervalstyle = postgres");
  add("bytea_output = hex");
  add("extra_float_digits = 1");
  // A database without an encoding holds any bytes: the server would refuse to send them as UTF-8.
  if (!trusted_) add("client_encoding = 'SQL_ASCII'");
  add("lock_timeout = " + lock_timeout_);
  add("idle_in_transaction_session_timeout = " +
      std::to_string(milliseconds(kIdleInTransactionMax).count()));
  add("statement_timeout = " + std::to_string(armed_.count()));
  if (version() >= kVersionChecked) add("client_connection_check_interval = '5s'");
  return sql;
}

Result<void> Core::settle(const Context& context) {
  if (prepare_) {
    std::string sql = settings("SET ") + "SET default_transaction_read_only = on";
    if (used_) sql = std::string(kClean) + sql;
    DBOPS_TRY(link_->command(context, sql));
    link_->take_notices();
    if (version() >= kVersionChecked && !guarded()) {
      link_->break_off();
      return fail(Code::denied, "the server did not take default_transaction_read_only",
                  "set prepare = off when a pooler stands between");
    }
  }
  settled_ = used_ = true;
  return {};
}

bool Core::guarded() const {
  return prepare_ && link_->reported("default_transaction_read_only") == "on" &&
         link_->reported("standard_conforming_strings") == "on";
}

Result<void> Core::make_ready(const Context& context) {
  milliseconds wanted{0};
  if (const auto left = context.deadline.remaining())
    wanted = std::max(*left, milliseconds(1)) + context.hold * kHoldsMax;
  const bool right = armed_ == wanted || (armed_ > wanted && wanted > milliseconds(0) &&
                                          armed_ - wanted <= slack(wanted));
  if (!right) armed_ = wanted;
  // Settings that the server reports by itself may have been changed by a function that lies.
  const bool intact = version() < kVersionChecked || guarded() || !prepare_;
  if (!settled_ || !intact) return settle(context);
  if (right || !prepare_) return {};
  return link_->command(context, "SET statement_timeout = " + std::to_string(armed_.count()));
}

std::string Core::begin_command(Mode mode) const {
  std::string sql =
      mode == Mode::read ? "BEGIN TRANSACTION READ ONLY" : "BEGIN TRANSACTION READ WRITE";
  if (!prepare_) sql += "; " + settings("SET LOCAL ");
  return sql;
}

Prepared* Core::look_up(std::string_view text, const Binding& binding) {
  const auto found = by_text_.find(text);
  if (found == by_text_.end()) return nullptr;
  if (!binding.fits(found->second->types)) {
    forget(text);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return &entries_.front();
}

Result<void> Core::take_apart(std::string_view text) {
  if (text == latest_text_ && !text.empty()) return {};
  DBOPS_ASSIGN(auto parsed, parse_tree(text));
  if (parsed.size() != 1) return fail(Code::internal, "one statement was expected");
  latest_text_ = text;
  latest_facts_ = std::move(parsed.front().facts);
  // What is only planned calls nothing that may change something.
  if (!is_carried_out(parsed.front())) {
    Facts planned;
    planned.parameters = latest_facts_.parameters;
    planned.bare_parameters = std::move(latest_facts_.bare_parameters);
    latest_facts_ = std::move(planned);
  }
  return {};
}

Result<bool> Core::admit(const Context& context, std::string_view text) {
  if (const uint64_t epoch = gate_.epoch(); epoch != admitted_in_) {
    admitted_.clear();
    admitted_in_ = epoch;
  }
  if (const auto known = admitted_.find(text); known != admitted_.end()) return known->second;
  DBOPS_TRY(take_apart(text));
  DBOPS_ASSIGN(const bool own, gate_.check(context, *link_, latest_facts_));
  if (text.size() <= kPreparedBytesMax && admitted_.size() < kAdmittedMax)
    admitted_.emplace(text, own);
  return own;
}

Result<Prepared*> Core::prepare(const Context& context, std::string_view text,
                                const Binding& binding) {
  if (Prepared* known = look_up(text, binding)) return known;
  DBOPS_TRY(make_room(context));
  // Without values there is nothing to learn here that the server's description does not tell.
  if (binding.size() > 0) DBOPS_TRY(take_apart(text));
  latest_text_.clear();
  const Facts facts = std::exchange(latest_facts_, {});
  if (binding.size() > 0 && static_cast<size_t>(facts.parameters) != binding.size())
    return wrong_count(facts.parameters, binding.size());
  Prepared fresh;
  fresh.text = text;
  if (prepare_) fresh.name = "dbops_" + std::to_string(++names_made_);
  DBOPS_TRY(parse_on_server(context, facts, binding, fresh));
  if (!prepare_ || text.size() > kPreparedBytesMax) return &(single_ = std::move(fresh));
  single_.name.clear();
  entries_.push_front(std::move(fresh));
  by_text_[entries_.front().text] = entries_.begin();
  return &entries_.front();
}

Result<void> Core::parse_on_server(const Context& context, const Facts& facts,
                                   const Binding& binding, Prepared& prepared) {
  prepared.types = binding.types(false, facts.bare_parameters);
  auto description =
      link_->prepare(context, prepared.name.c_str(), prepared.text.c_str(), prepared.types);
  const bool idle = PQtransactionStatus(link_->raw()) == PQTRANS_IDLE;
  if (!description && idle && binding.size() > 0 && undecided_types(description.error())) {
    auto types = binding.types(true, {});
    auto declared = link_->prepare(context, prepared.name.c_str(), prepared.text.c_str(), types);
    if (declared || link_->broken()) {
      prepared.types = std::move(types);
      description = std::move(declared);
    }
  }
  if (!description) return fail(std::move(description).error());
  single_.name = prepared.name;  // Until it is kept, it is to be given back.
  const int wanted = PQnparams(description->get());
  if (static_cast<size_t>(wanted) != binding.size()) return wrong_count(wanted, binding.size());
  return describe(context, **description, prepared);
}

Result<void> Core::describe(const Context& context, const PGresult& description,
                            Prepared& prepared) {
  const int columns = PQnfields(&description);
  std::vector<Types::Key> keys;
  for (int i = 0; i < columns; ++i)
    keys.push_back({PQftype(&description, i), PQfmod(&description, i)});
  DBOPS_ASSIGN(std::vector<Types::Type> types, types_.resolve(context, *link_, std::move(keys)));
  const auto shape = std::make_shared<Shape>();
  for (int i = 0; i < columns; ++i) {
    Types::Type& type = types[static_cast<size_t>(i)];
    std::string name = PQfname(&description, i);
    if (!valid_utf8(name)) name = escape_control(name);
    shape->schema.push_back(
        {.name = std::move(name), .type = std::move(type.name), .kind = type.cell.kind});
    shape->cells.push_back(type.cell);
  }
  prepared.shape = shape;
  return {};
}

// Half of what is kept goes at once, so that a caller whose every statement is new pays this round
// trip once in kPreparedMax / 2. A single one goes before the next is made.
Result<void> Core::make_room(const Context& context) {
  std::string sql;
  if (!single_.name.empty()) sql = "DEALLOCATE " + std::exchange(single_.name, {}) + "; ";
  if (entries_.size() >= kPreparedMax) {
    while (entries_.size() > kPreparedMax / 2) {
      sql += "DEALLOCATE " + entries_.back().name + "; ";
      by_text_.erase(entries_.back().text);
      entries_.pop_back();
    }
  }
  return sql.empty() ? Result<void>() : link_->command(context, sql);
}

void Core::forget(std::string_view text) {
  const auto found = by_text_.find(text);
  if (found == by_text_.end()) return;
  // Its name on the server is given up: a name is never used twice, and the session's end frees it.
  const auto entry = found->second;
  by_text_.erase(found);
  entries_.erase(entry);
}

}  // namespace dbops::postgres
