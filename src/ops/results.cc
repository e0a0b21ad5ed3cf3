#include "ops/results.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "ops/call.h"

namespace dbops::ops {
namespace {

namespace json = boost::json;

constexpr size_t kNameBytesMax = 64;

std::string page_id(std::string_view name, uint64_t page) {
  return std::string(name) + "/" + std::to_string(page);
}

// What must be known to read the pages stands in the record; the rest was for the first answer.
std::string write_head(const KeptResult& result) {
  std::string head;
  JsonWriter(head)
      .begin_object()
      .member("connection", result.connection)
      .member("pages", result.pages)
      .end_object();
  return head;
}

std::optional<KeptResult> read_head(const StateRecord& record) {
  const auto parsed = parse_json(record.body);
  const json::object* head = parsed ? parsed->if_object() : nullptr;
  const json::value* connection = head != nullptr ? head->if_contains("connection") : nullptr;
  const json::value* pages = head != nullptr ? head->if_contains("pages") : nullptr;
  if (connection == nullptr || !connection->is_string() || pages == nullptr || !pages->is_int64())
    return std::nullopt;
  KeptResult result{.name = record.id,
                    .connection = std::string(connection->get_string()),
                    .pages = static_cast<uint64_t>(pages->get_int64())};
  return result;
}

void drop_pages(State& state, std::string_view name, uint64_t pages) {
  for (uint64_t page = 1; page <= pages; ++page)
    if (const auto dropped = state.drop(StateKind::page, page_id(name, page)); !dropped)
      return log::warning("a kept result stays until it expires: " + dropped.error().message);
}

Result<void> drop_result(State& state, const std::string& name) {
  DBOPS_ASSIGN(const auto record, state.find(StateKind::result, name));
  DBOPS_TRY(state.drop(StateKind::result, name));
  const auto result = record ? read_head(*record) : std::nullopt;
  if (result) drop_pages(state, name, result->pages);
  return {};
}

Result<void> make_room(State& state, const Settings& settings, std::string_view principal) {
  DBOPS_ASSIGN(const auto kept, state.list(StateKind::result, principal));
  for (size_t i = 0; i + settings.results_max <= kept.size(); ++i)
    DBOPS_TRY(drop_result(state, kept[i].id));
  DBOPS_ASSIGN(const State::Usage usage, state.usage(StateKind::page, {}));
  if (usage.size < settings.results_bytes_total) return {};
  return fail(Code::exhausted,
              "the results that are kept have reached their limit of " +
                  format_bytes(settings.results_bytes_total),
              "try again when some have expired, or read in pages with the cursor");
}

Error not_kept(std::string_view what) {
  return {.code = Code::not_found,
          .message = "no such " + std::string(what) + " (any more)",
          .hint = "run the query again with export"};
}

}  // namespace

ResultWriter::ResultWriter(std::shared_ptr<State> state, const Settings& settings,
                           std::string principal, std::string_view extension)
    : state_(std::move(state)),
      principal_(std::move(principal)),
      bytes_max_(settings.result_bytes_max) {
  result_.name = random_name() + "." + std::string(extension);
  result_.expires_ms = state_time_ms(std::chrono::system_clock::now() + settings.result_life);
}

ResultWriter::~ResultWriter() {
  if (!finished_) drop_pages(*state_, result_.name, result_.pages);
}

Result<std::unique_ptr<ResultWriter>> ResultWriter::begin(Workspace& workspace,
                                                          const std::string& principal,
                                                          std::string_view extension) {
  DBOPS_TRY(make_room(*workspace.shared().state, workspace.settings(), principal));
  return std::make_unique<ResultWriter>(workspace.shared().state, workspace.settings(), principal,
                                        extension);
}

Result<bool> ResultWriter::add(std::string_view row) {
  if (row.size() > kRowBytesMax)
    return fail(Code::too_large, "one row is larger than " + format_bytes(kRowBytesMax),
                "select fewer columns or a part of the long ones");
  if (result_.bytes + row.size() > bytes_max_) return false;
  page_ += row;
  result_.bytes += row.size();
  if (page_.size() >= kPageBytes) DBOPS_TRY(add_page());
  return true;
}

Result<void> ResultWriter::add_page() {
  ++result_.pages;
  DBOPS_TRY(state_->add(StateKind::page, {.id = page_id(result_.name, result_.pages),
                                          .owner = principal_,
                                          .expires_ms = result_.expires_ms,
                                          .size = page_.size(),
                                          .body = std::move(page_)}));
  page_.clear();
  return {};
}

Result<KeptResult> ResultWriter::finish(std::string connection, uint64_t rows, bool truncated) {
  if (!page_.empty() || result_.pages == 0) DBOPS_TRY(add_page());
  result_.connection = std::move(connection);
  result_.rows = rows;
  result_.truncated = truncated;
  DBOPS_TRY(state_->add(StateKind::result, {.id = result_.name,
                                            .owner = principal_,
                                            .expires_ms = result_.expires_ms,
                                            .size = result_.bytes,
                                            .body = write_head(result_)}));
  finished_ = true;
  return result_;
}

Result<ResultPage> read_result(Workspace& workspace, const Context& context, std::string_view name,
                               uint64_t page) {
  return recorded(workspace, context, "query", [&](Call& call) -> Result<ResultPage> {
    if (name.size() > kNameBytesMax) return fail(not_kept("result"));
    State& state = *workspace.shared().state;
    DBOPS_ASSIGN(const auto record, state.find(StateKind::result, name));
    const auto result =
        record && record->owner == context.principal ? read_head(*record) : std::nullopt;
    if (!result || !call.use_connection(result->connection)) return fail(not_kept("result"));
    DBOPS_TRY(call.admit(Tier::read));
    DBOPS_ASSIGN(auto found, state.find(StateKind::page, page_id(name, page)));
    if (!found) return fail(not_kept("page of this result"));
    return ResultPage{.text = std::move(found->body), .pages = result->pages};
  });
}

}  // namespace dbops::ops
