#include "connectors/mongodb/errors.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kShownBytes = 1000;  // of a server's message
constexpr size_t kShownFailures = 3;  // of a write's items
constexpr int64_t kItemsMax = 1ll << 60;

constexpr std::string_view kElected = "the set has another primary or elects one: try again";

struct Known {
  int64_t number;
  Code code;
  bool retryable = false;
  std::string_view hint = {};
};
constexpr auto kKnown = std::to_array<Known>({
    {9, Code::syntax, false, "the server can't read the command"},
    {11, Code::not_found},
    {13, Code::denied, false, "the server's roles must allow it to this user"},
    {18, Code::authentication, false, "check user, password and authSource in the URL"},
    {20, Code::unsupported},
    {24, Code::busy, true},
    {26, Code::not_found, false, "explore shows the collections that there are"},
    {27, Code::not_found},
    {40, Code::syntax},
    {43, Code::expired, false, "the server has closed the cursor: run the command again"},
    {46, Code::busy, true, "a lock is held by another operation: try again"},
    {48, Code::already_exists},
    {50, Code::timeout},
    {59, Code::syntax, false,
     "the server doesn't know this command: listCommands tells what it does"},
    {68, Code::already_exists},
    {73, Code::syntax},
    {85, Code::already_exists},
    {86, Code::already_exists},
    {89, Code::timeout, true},
    {91, Code::busy, true, "the server shuts down: try again"},
    {112, Code::conflict, true, "another write was in the way: try again"},
    {115, Code::unsupported, false, "this server does not have it"},
    {121, Code::constraint, false,
     "the document breaks the collection's validator: explore shows it"},
    {133, Code::busy, true},
    {175, Code::disconnected, true},
    {189, Code::busy, true, kElected},
    {225, Code::conflict, true},
    {238, Code::unsupported, false, "this server does not have it"},
    {251, Code::conflict, true, "the server has ended the transaction: try again"},
    {260, Code::invalid_argument, false, "a token is taken as an answer before gave it"},
    {263, Code::unsupported, false, "the server does not take this command in a transaction"},
    {286, Code::expired, false, "what came behind this token is forgotten: begin without one"},
    {290, Code::timeout, false, "do less in one transaction: the server limits its time"},
    {291, Code::exhausted},
    {292, Code::exhausted, false, "allow the stage to use the disk (allowDiskUse), or sort less"},
    {10058, Code::busy, true, kElected},
    {10107, Code::busy, true, kElected},
    {11000, Code::constraint, false, "a document with this key is there already"},
    {11001, Code::constraint, false, "a document with this key is there already"},
    {11600, Code::busy, true},
    {11601, Code::cancelled},
    {11602, Code::busy, true},
    {13388, Code::busy, true},
    {13435, Code::busy, true, kElected},
    {13436, Code::busy, true, kElected},
    {14031, Code::exhausted, false, "the server's disk is full"},
    {40324, Code::syntax, false, "the server doesn't know this stage of a pipeline"},
    {40573, Code::unsupported, false, "replica sets and mongos have change streams"},
    // DocumentDB's own number, for the same as 121.
    {525074461, Code::constraint, false,
     "the document breaks the collection's validator: explore shows it"},
});

std::string shown(std::string_view text) { return escape_control(shorten(text, kShownBytes)); }

void apply(int64_t number, Error& error) {
  for (const Known& known : kKnown) {
    if (known.number != number) continue;
    error.code = known.code;
    error.retryable = known.retryable;
    error.hint = known.hint;
    return;
  }
}

bool has_label(const bson_t& reply, std::string_view label) {
  bson_iter_t labels;
  bson_iter_t each;
  if (!find_field(reply, "errorLabels", labels) || !bson_iter_recurse(&labels, &each)) return false;
  while (bson_iter_next(&each))
    if (text_of(each) == label) return true;
  return false;
}

Error make(const bson_t& failure) {
  Error error{.code = Code::data,
              .message = "the server says: " + shown(text_at(failure, "errmsg"))};
  const auto number = integer_at(failure, "code");
  const std::string name = text_at(failure, "codeName");
  if (number) error.native_code = std::to_string(*number);
  if (!name.empty()) error.native_code += (number ? " " : "") + shown(name);
  if (number) apply(*number, error);
  if (has_label(failure, "TransientTransactionError")) error.retryable = true;
  return error;
}

// A member that is no primary, or none any more; and one that ends.
constexpr auto kNotPrimary = std::to_array<int64_t>({10058, 10107, 13435, 13436});
constexpr auto kSteppingDown = std::to_array<int64_t>({91, 189, 11600, 11602});

template <size_t kSize>
bool has(const std::array<int64_t, kSize>& numbers, int64_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

template <size_t kSize>
bool is_one_of(const Error& error, const std::array<int64_t, kSize>& numbers) {
  int64_t number = 0;
  const std::string& text = error.native_code;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return has(numbers, number);
}

// Calls for each document in the array of that name; answers how many there are.
template <class Each>
size_t for_each_document(const bson_t& reply, const char* name, Each each) {
  bson_iter_t found;
  bson_t array;
  if (!find_field(reply, name, found) || !view_document(found, array)) return 0;
  size_t count = 0;
  bson_iter_t item;
  bson_t document;
  if (bson_iter_init(&item, &array))
    while (bson_iter_next(&item))
      if (view_document(item, document)) each(document, count++);
  return count;
}

// What failed of a bulkWrite, which tells it in documents of its cursor: `each` gets those of the
// first batch, and their index. Answers how many there are in all.
template <class Each>
size_t for_each_bulk_error(const bson_t& reply, Each each) {
  const int64_t count = integer_at(reply, "nErrors").value_or(0);
  if (count <= 0) return 0;
  size_t seen = 0;
  bson_iter_t batch;
  bson_iter_t item;
  bson_t document;
  if (find_field(reply, "cursor.firstBatch", batch) && bson_iter_recurse(&batch, &item))
    while (bson_iter_next(&item))
      if (view_document(item, document) && !true_at(document, "ok")) each(document, seen++);
  return static_cast<size_t>(count);
}

}  // namespace

Error server_error(const bson_t& reply) { return make(reply); }

std::optional<Error> write_error(const bson_t& reply) {
  std::optional<Error> error;
  std::string all;
  size_t told = 0;
  const auto tell = [&](const bson_t& failure, size_t index, const char* place) {
    if (index == 0) error = make(failure);
    if (index >= kShownFailures) return;
    ++told;
    all += (all.empty() ? "item " : "; item ") +
           std::to_string(integer_at(failure, place).value_or(0)) + ": " +
           shown(text_at(failure, "errmsg"));
  };
  size_t count = for_each_document(reply, "writeErrors", [&](const bson_t& failure, size_t index) {
    tell(failure, index, "index");
  });
  if (count == 0)
    count = for_each_bulk_error(
        reply, [&](const bson_t& failure, size_t index) { tell(failure, index, "idx"); });
  if (count > 0 && !error) {  // They are further behind than the first batch.
    error =
        Error{.code = Code::data, .message = {}, .hint = "errorsOnly: true has them told first"};
    all = format_count(static_cast<int64_t>(count)) + (count == 1 ? " item" : " items") + " failed";
    told = count;
  }
  if (error) {
    error->message =
        all + (count > told ? "; and " + std::to_string(count - told) + " more failed" : "");
    const uint64_t written = changed(reply).value_or(0);
    if (written > 0) {
      error->effect = Effect::applied;
      error->message += "; " + std::to_string(written) + " were written before or beside them";
    }
    return error;
  }
  bson_iter_t found;
  bson_t concern;
  if (!find_field(reply, "writeConcernError", found) || !view_document(found, concern))
    return std::nullopt;
  error = make(concern);
  error->message =
      "it was written, but not as durably as the write concern asks: " + error->message;
  // Another member may not have got it before it became the primary.
  error->effect = is_one_of(*error, kSteppingDown) ? Effect::unknown : Effect::applied;
  error->retryable = false;
  return error;
}

std::vector<ItemError> item_errors(const bson_t& reply) {
  std::vector<ItemError> all;
  for_each_document(reply, "writeErrors", [&](const bson_t& failure, size_t) {
    const auto index = static_cast<size_t>(integer_at(failure, "index").value_or(-1));
    all.push_back({index, make(failure)});
  });
  return all;
}

bool knows_transactions(const Error& error) {
  constexpr auto kNoSuchTransaction = std::to_array<int64_t>({225, 251});
  return is_one_of(error, kNoSuchTransaction);
}

bool lost_its_role(const bson_t& reply) {
  const int64_t failed = integer_at(reply, "code").value_or(0);
  const int64_t concern = integer_at(reply, "writeConcernError.code").value_or(0);
  return has(kNotPrimary, failed) || has(kSteppingDown, failed) || has(kSteppingDown, concern);
}

bool refused_unbegun(const Error& error) { return is_one_of(error, kNotPrimary); }

// Its time was over, or the member is no primary any more: as the drivers' specification has it.
bool leaves_doubt(const Error& error) {
  constexpr auto kDoubtful = std::to_array<int64_t>(
      {6, 7, 50, 64, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436});
  return is_one_of(error, kDoubtful);
}

std::optional<uint64_t> changed(const bson_t& reply) {
  if (integer_at(reply, "nInserted")) {  // bulkWrite's
    int64_t all = 0;
    for (const char* name : {"nInserted", "nModified", "nUpserted", "nDeleted"})
      all += std::clamp<int64_t>(integer_at(reply, name).value_or(0), 0, kItemsMax);
    return static_cast<uint64_t>(all);
  }
  auto count = integer_at(reply, "nModified");
  if (count) {
    bson_iter_t found;
    bson_t upserted;
    if (find_field(reply, "upserted", found) && view_document(found, upserted))
      *count += bson_count_keys(&upserted);
  }
  if (!count) count = integer_at(reply, "n");
  if (!count) count = integer_at(reply, "lastErrorObject.n");
  if (!count || *count < 0) return std::nullopt;
  return static_cast<uint64_t>(*count);
}

}  // namespace dbops::mongodb
