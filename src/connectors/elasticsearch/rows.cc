#include "connectors/elasticsearch/rows.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "base/text.h"
#include "connectors/elasticsearch/columns.h"
#include "connectors/elasticsearch/errors.h"
#include "connectors/elasticsearch/summary.h"

namespace dbops::elasticsearch {
namespace {

using std::string_view;

constexpr size_t kAheadRows = Batch::kRows;    // objects looked at before the columns are settled
constexpr size_t kAheadBytes = Batch::kBytes;  // bytes of them
constexpr std::chrono::milliseconds kCloseMax{500};   // for freeing what the server keeps
constexpr std::chrono::milliseconds kGiveUpMax{100};  // the same of a call that was given up

// Arrays whose elements are the rows, by the names that the server's answers have for them.
constexpr auto kObjectArrays =
    std::to_array<string_view>({"data_streams", "docs", "items", "snapshots", "tokens"});
constexpr auto kHitArrays = std::to_array<string_view>({"events", "hits", "sequences"});
constexpr auto kRowArrays = std::to_array<string_view>({"datarows", "rows", "values"});

template <size_t kSize>
bool has(const std::array<string_view, kSize>& names, string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class AnswerStream final : public Stream {
 public:
  AnswerStream(Link& link, Tier allowed, OwnedRequest request, std::string verb, Paging paging)
      : link_(link), allowed_(allowed), request_(std::move(request)), paging_(std::move(paging)) {
    summary_.command = std::move(verb);
  }
  ~AnswerStream() override {
    Context context;
    context.deadline = Deadline::after(failed_ ? kGiveUpMax : kCloseMax);
    if (!paging_.close) return;
    const auto request = closing(context);
    answer_.reset();
    if (!request) return;
    Request closing = request->borrow();
    closing.repeatable = true;
    // It would be freed by itself, only later.
    static_cast<void>(link_.ask(context, Tier::write, closing));
  }
  AnswerStream(const AnswerStream&) = delete;
  AnswerStream& operator=(const AnswerStream&) = delete;

  const Schema& schema() const override { return columns_.schema(); }
  const Summary& summary() const override { return summary_; }

  // Sends, and reads until the columns are known.
  Result<void> start(const Context& context) {
    DBOPS_ASSIGN(answer_, link_.send(context, allowed_, request_.borrow()));
    effect_ = answer_->effect();
    if (request_.method == "HEAD") return read_head();
    DBOPS_TRY(refuse_errors(context));
    if (const std::string words = warning_words(answer_->header("warning")); !words.empty())
      summary_.warnings.push_back("the server says: " + words);
    DBOPS_ASSIGN(const char first, first_character(context));
    if (first == '\0') return {};
    if (first == '{' || first == '[') {
      if (!set_aside_) DBOPS_TRY(open_json(context, first));
      return settle_columns(context);
    }
    shape_ = Shape::lines;
    columns_.add("line", Kind::text);
    return {};
  }

  Result<bool> next(const Context& context, Batch& batch) override {
    batch.reset(schema().size());
    auto filled = fill(context, batch);
    if (filled) return batch.rows() > 0;
    failed_ = true;
    answer_.reset();
    return fail(std::move(filled).error());
  }

 private:
  enum class Shape : uint8_t { nothing, objects, table, lines };

  Result<void> read_head() {
    const int status = answer_->status();
    if (status >= 400 && status != 404) return fail(server_error(status, {}));
    columns_.add("found", Kind::boolean);
    shape_ = Shape::objects;
    ahead_.push_back(status < 400 ? R"({"found":true})" : R"({"found":false})");
    return {};
  }

  // An answer that says no more than that it did not go as wished is an answer.
  Result<void> refuse_errors(const Context& context) {
    const int status = answer_->status();
    if (status < 400) return {};
    const auto text = answer_->rest(context, kErrorBytesMax);
    Error error = server_error(status, text.value_or(""));
    error.effect = effect_;
    const auto json = text ? JsonView::parse(*text) : fail(Code::protocol, "");
    const bool answers = json && json->is_object() && (*json)["error"].is_null() &&
                         (status == 404 || status == 408 || status == 409);
    if (!answers) return fail(std::move(error));
    for (const auto& [key, value] : json->members()) members_.add(key, value);
    set_aside_ = members_ended_ = true;
    summary_.warnings.push_back("the server answered with status " + std::to_string(status));
    return {};
  }

  Result<char> first_character(const Context& context) {
    if (set_aside_) return '{';
    const string_view type = answer_->header("content-type");
    DBOPS_ASSIGN(const char first, answer_->peek(context));
    const bool json = type.find("json") != string_view::npos;
    if (json || first == '\0') return first;
    return 'x';
  }

  Result<void> open_json(const Context& context, char first) {
    DBOPS_TRY(answer_->enter(context, first));
    if (first == '[') {
      shape_ = Shape::objects;
      rows_open_ = true;
      only_rows_ = true;
      return {};
    }
    return find_rows(context);
  }

  // Reads members until one of them holds the rows, which are open then, or to the end.
  Result<void> find_rows(const Context& context) {
    if (only_rows_ || members_ended_) return {};
    for (;;) {
      DBOPS_ASSIGN(const auto key, answer_->next_key(context));
      if (!key) {
        if (std::exchange(in_hits_, false)) continue;
        members_ended_ = true;
        return {};
      }
      DBOPS_ASSIGN(const char next, answer_->peek(context));
      if (!in_hits_ && *key == "hits" && next == '{') {
        DBOPS_TRY(answer_->enter(context, '{'));
        in_hits_ = searched_ = true;
      } else if (next == '[' && opens_rows(*key)) {
        rows_key_ = *key;
        return open_rows(context);
      } else {
        DBOPS_ASSIGN(const JsonView value, answer_->value(context));
        // Without columns it is one that still runs: what it says of itself is the row then.
        if ((*key == "columns" || *key == "schema") && schema().empty() &&
            !value.elements().empty()) {
          describe_rows(value);
        } else if (!members_.add((in_hits_ ? "hits." : "") + *key, value)) {
          return too_large();
        }
      }
    }
  }

  bool opens_rows(string_view key) const {
    if (in_hits_) return has(kHitArrays, key);
    return has(kObjectArrays, key) || (shape_ == Shape::table && has(kRowArrays, key));
  }

  // Rows that came before their columns, as JSON may have it, were set aside.
  void describe_rows(const JsonView& columns) {
    shape_ = Shape::table;
    columns_.describe(columns);
    for (const string_view key : kRowArrays) {
      const std::string rows = members_.take(key);
      for (const JsonView& row : JsonView::trust(rows).elements()) ahead_.emplace_back(row.text());
    }
    end_.rows += ahead_.size();
  }

  Result<void> open_rows(const Context& context) {
    DBOPS_TRY(answer_->enter(context, '['));
    if (shape_ != Shape::table) shape_ = Shape::objects;
    rows_open_ = true;
    return {};
  }

  tl::unexpected<Error> too_large() const {
    return fail(Error{.code = Code::too_large,
                      .message = "the answer has more than " + format_bytes(kWholeBytesMax),
                      .hint = "ask for less of it with filter_path",
                      .effect = effect_});
  }

  Result<void> settle_columns(const Context& context) {
    if (shape_ == Shape::table) return rows_open_ ? Result<void>() : end_page(context);
    DBOPS_TRY(look_ahead(context));
    if (ahead_.empty()) {
      if (searched_ && !members_.has_result()) {
        for (const char* name : {"_index", "_id", "_score", "_source"}) columns_.add(name);
      } else {
        shape_ = Shape::objects;
        for (std::string& row : members_.take_rows()) ahead_.push_back(std::move(row));
      }
    }
    columns_.learn(ahead_, rows_open_ || paging_.next);
    return {};
  }

  Result<void> look_ahead(const Context& context) {
    size_t bytes = 0;
    while (rows_open_ && ahead_.size() < kAheadRows && bytes < kAheadBytes) {
      DBOPS_ASSIGN(const auto row, read_object(context));
      if (!row) break;
      bytes += row->size();
      ahead_.push_back(*row);
    }
    if (!rows_open_) DBOPS_TRY(end_page(context));
    return {};
  }

  // The next element; nullopt at the end of the array, with what stands behind it read as well.
  Result<std::optional<std::string>> read_object(const Context& context) {
    DBOPS_ASSIGN(const bool another, answer_->next_element(context));
    if (!another) {
      rows_open_ = false;
      return std::nullopt;
    }
    DBOPS_ASSIGN(const JsonView value, answer_->value(context));
    ++end_.rows;
    if (paging_.next && searched_) end_.sort = value["sort"].text();
    return rows_key_ == "items" ? flat_item(value) : std::string(value.text());
  }

  // {"index": {"_id": ...}} as {"action": "index", "_id": ...}
  std::string flat_item(const JsonView& item) {
    const auto members = item.members();
    if (members.size() != 1 || !members[0].second.is_object()) return std::string(item.text());
    members_.count_item(members[0].second);
    std::string row = R"({"action":")" + members[0].first + '"';
    for (const auto& [key, value] : members[0].second.members()) {
      row += ",";
      JsonWriter(row).string(key);
      row.append(":").append(value.text());
    }
    return row + '}';
  }

  Result<void> fill(const Context& context, Batch& batch) {
    DBOPS_TRY(context.alive());
    if (shape_ == Shape::lines) return fill_lines(context, batch);
    while (!batch.full()) {
      if (!ahead_.empty()) {
        const JsonView row = JsonView::trust(ahead_.front());
        if (shape_ == Shape::table)
          DBOPS_TRY(add_row(batch, row));
        else
          columns_.add_object(batch, row);
        ahead_.pop_front();
        continue;
      }
      if (!rows_open_) {
        if (batch.rows() > 0) return {};
        DBOPS_ASSIGN(const bool again, turn_page(context));
        if (!again) return {};
        continue;
      }
      // As many rows as have arrived, and at least one.
      if (batch.rows() > 0 && !answer_->arrived()) return {};
      DBOPS_TRY(shape_ == Shape::table ? fill_row(context, batch) : fill_object(context, batch));
    }
    return {};
  }

  Result<void> fill_object(const Context& context, Batch& batch) {
    DBOPS_ASSIGN(const auto row, read_object(context));
    if (row) columns_.add_object(batch, JsonView::trust(*row));
    return rows_open_ ? Result<void>() : end_page(context);
  }

  // Frees what the server keeps, whose name may stand behind the rows that nobody wants.
  std::optional<OwnedRequest> closing(const Context& context) {
    members_.note_page(end_);
    auto request = paging_.close(end_);
    if (request || !answer_ || !rows_open_) return request;
    static_cast<void>(skip_page(context));
    return paging_.close(end_);
  }

  Result<void> skip_page(const Context& context) {
    while (rows_open_) DBOPS_TRY(read_object(context));
    return end_page(context);
  }

  Result<void> fill_row(const Context& context, Batch& batch) {
    DBOPS_ASSIGN(const bool another, answer_->next_element(context));
    if (!another) {
      rows_open_ = false;
      return end_page(context);
    }
    DBOPS_ASSIGN(const JsonView value, answer_->value(context));
    ++end_.rows;
    return add_row(batch, value);
  }

  Result<void> add_row(Batch& batch, const JsonView& row) const {
    auto added = columns_.add_row(batch, row);
    if (added) return {};
    Error error = std::move(added).error();
    error.effect = effect_;
    return fail(std::move(error));
  }

  Result<void> fill_lines(const Context& context, Batch& batch) {
    while (answer_ && !batch.full()) {
      DBOPS_ASSIGN(const auto line, answer_->line(context));
      if (!line)
        answer_.reset();
      else
        batch.add_row()[0] = batch.copy(valid_utf8(*line) ? Kind::text : Kind::bytes, *line);
    }
    return {};
  }

  // What stands behind the rows, and what follows from it.
  Result<void> end_page(const Context& context) {
    DBOPS_TRY(find_rows(context));
    answer_.reset();
    if (paging_.next)
      members_.note_page(end_);
    else
      members_.summarize(summary_, allowed_ > Tier::read, end_.rows, searched_);
    return {};
  }

  // Whether there is another page, whose rows are open then.
  Result<bool> turn_page(const Context& context) {
    if (!paging_.next || !searched_or_table()) return false;
    const auto request = paging_.next(end_);
    if (!request) return false;
    request_ = *request;
    end_.rows = 0;
    members_ended_ = false;
    DBOPS_ASSIGN(answer_, link_.send(context, Tier::read, request_.borrow()));
    if (answer_->status() >= 400) {
      Error error =
          server_error(answer_->status(), answer_->rest(context, kErrorBytesMax).value_or(""));
      return fail(std::move(error));
    }
    DBOPS_TRY(answer_->enter(context, '{'));
    DBOPS_TRY(find_rows(context));
    if (rows_open_) return true;
    members_.note_page(end_);
    answer_.reset();
    return false;
  }

  bool searched_or_table() const { return searched_ || shape_ == Shape::table; }

  Link& link_;
  const Tier allowed_;
  OwnedRequest request_;
  Paging paging_;
  PageEnd end_;
  std::unique_ptr<Answer> answer_;
  Effect effect_ = Effect::none;
  Shape shape_ = Shape::nothing;
  bool set_aside_ = false;  // The whole answer is in members_.
  bool only_rows_ = false;  // It is an array, with nothing around it.
  bool members_ended_ = false;
  bool in_hits_ = false;  // Inside the object "hits".
  bool searched_ = false;
  bool rows_open_ = false;  // Inside the array of the rows.
  bool failed_ = false;
  std::string rows_key_;
  Members members_;  // What stands beside the rows.
  std::deque<std::string> ahead_;
  Columns columns_;
  Summary summary_;
};

}  // namespace

Result<std::unique_ptr<Stream>> run_request(const Context& context, Link& link, Tier allowed,
                                            OwnedRequest request, std::string verb, Paging paging) {
  auto stream = std::make_unique<AnswerStream>(link, allowed, std::move(request), std::move(verb),
                                               std::move(paging));
  DBOPS_TRY(stream->start(context));
  return stream;
}

}  // namespace dbops::elasticsearch
