#include "connectors/mongodb/preview.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "connectors/mongodb/ask.h"
#include "connectors/mongodb/classify.h"
#include "connectors/mongodb/statement.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kPartsMax = 20;        // of one command that are counted
constexpr size_t kCollectionsMax = 50;  // of a database whose documents are counted
constexpr size_t kShownBytes = 120;     // of a collection's name

struct Counting {
  const Context& context;
  MongoQueries& queries;
  const std::string& database;
  const std::string& collection;
};

// The reply, or nothing where the server can't say; an error where the link is gone.
Result<std::optional<Bson>> try_read(const Counting& at, Bson command) {
  BSON_APPEND_UTF8(command.get(), "$db", at.database.c_str());
  auto reply = at.queries.send(at.context, std::move(command), Tier::read);
  if (reply) return std::optional<Bson>(*std::move(reply));
  if (reply.error().session_broken) return fail(std::move(reply).error());
  return std::nullopt;
}

// All of the collection, from what the server keeps of it.
Result<std::optional<int64_t>> count_all(const Counting& at) {
  Bson command;
  BSON_APPEND_UTF8(command.get(), "count", at.collection.c_str());
  DBOPS_ASSIGN(const auto reply, try_read(at, std::move(command)));
  return reply ? integer_at(**reply, "n") : std::nullopt;
}

// Those that the filter finds, under the part's own collation, hint and the command's variables.
Result<std::optional<int64_t>> count_matches(const Counting& at, const bson_t& command,
                                             const bson_t& part, const bson_t& filter) {
  if (bson_empty(&filter)) return count_all(at);
  Bson count;
  bson_t pipeline;
  bson_t stage;
  BSON_APPEND_UTF8(count.get(), "aggregate", at.collection.c_str());
  BSON_APPEND_ARRAY_BEGIN(count.get(), "pipeline", &pipeline);
  BSON_APPEND_DOCUMENT_BEGIN(&pipeline, "0", &stage);
  BSON_APPEND_DOCUMENT(&stage, "$match", &filter);
  bson_append_document_end(&pipeline, &stage);
  BSON_APPEND_DOCUMENT_BEGIN(&pipeline, "1", &stage);
  BSON_APPEND_UTF8(&stage, "$count", "n");
  bson_append_document_end(&pipeline, &stage);
  bson_append_array_end(count.get(), &pipeline);
  BSON_APPEND_DOCUMENT_BEGIN(count.get(), "cursor", &stage);
  bson_append_document_end(count.get(), &stage);
  bson_iter_t option;
  for (const char* name : {"collation", "hint"})
    if (find_field(part, name, option)) bson_append_iter(count.get(), name, -1, &option);
  if (find_field(command, "let", option)) bson_append_iter(count.get(), "let", -1, &option);
  DBOPS_ASSIGN(const auto reply, try_read(at, std::move(count)));
  if (!reply) return std::nullopt;
  return integer_at(**reply, "cursor.firstBatch.0.n").value_or(0);
}

std::string that_is(int64_t documents, std::string_view where) {
  return "that is " + format_count(documents) +
         (documents == 1 ? " document of " : " documents of ") +
         escape_control(shorten(where, kShownBytes));
}

// Of delete or update: each of its parts, those that are for one document as that one.
Result<std::vector<std::string>> preview_parts(const Counting& at, const bson_t& command,
                                               const char* parts, bool deletes) {
  std::vector<std::string> effects;
  bson_iter_t list;
  bson_iter_t each;
  if (!find_field(command, parts, list) || !bson_iter_recurse(&list, &each)) return effects;
  int64_t total = 0;
  for (size_t i = 0; bson_iter_next(&each); ++i) {
    bson_t part;
    bson_t filter;
    bson_iter_t q;
    if (i == kPartsMax || !view_document(each, part) || !find_field(part, "q", q) ||
        !view_document(q, filter))
      return effects;
    DBOPS_ASSIGN(auto found, count_matches(at, command, part, filter));
    if (!found) return effects;
    const bool one = deletes ? integer_at(part, "limit") == 1 : !true_at(part, "multi");
    total += one ? std::min<int64_t>(*found, 1) : *found;
  }
  effects.push_back(that_is(total, at.collection));
  return effects;
}

// What dbStats says may be an estimate, which is no ground for a consent: they are counted.
Result<std::vector<std::string>> preview_database(const Counting& at) {
  std::vector<std::string> names;
  const auto listed = ask_each(
      at.context, at.queries.link(), at.database,
      R"({"listCollections": 1, "cursor": {}, "filter": {"type": "collection"}})", kCollectionsMax,
      [&](const bson_t& info) { names.push_back(text_at(info, "name")); });
  if (!listed && listed.error().session_broken) return fail(listed.error());
  if (!listed || !*listed) return std::vector<std::string>();
  int64_t documents = 0;
  for (const std::string& name : names) {
    DBOPS_ASSIGN(const auto count, count_all({at.context, at.queries, at.database, name}));
    if (!count) return std::vector<std::string>();
    documents += *count;
  }
  return std::vector<std::string>{that_is(documents, at.database) + ", in " +
                                  format_count(static_cast<int64_t>(names.size())) +
                                  (names.size() == 1 ? " collection" : " collections")};
}

// Where $out, the last of the stages, writes to.
struct Place {
  std::string database;
  std::string collection;
};
std::optional<Place> target_of_out(const bson_t& command, const std::string& database) {
  bson_iter_t list;
  bson_iter_t stage;
  std::optional<Place> place;
  if (!find_field(command, "pipeline", list) || !bson_iter_recurse(&list, &stage)) return place;
  while (bson_iter_next(&stage)) {
    bson_t document;
    bson_iter_t out;
    bson_t named;
    if (!view_document(stage, document) || !find_field(document, "$out", out)) continue;
    if (view_document(out, named))
      place = Place{text_at(named, "db"), text_at(named, "coll")};
    else
      place = Place{database, std::string(text_of(out))};
  }
  return place;
}

}  // namespace

Result<std::vector<std::string>> preview_effects(const Context& context, MongoQueries& queries,
                                                 Bson command) {
  const Class found = classify(*command);
  std::vector<std::string> effects;
  if (found.danger.empty()) return effects;
  DBOPS_ASSIGN(const std::string database, take_database(command, queries.database()));
  const std::string collection = text_at(*command, found.verb.c_str());
  const Counting at{context, queries, database, collection};
  if (found.verb == "delete") return preview_parts(at, *command, "deletes", true);
  if (found.verb == "update") return preview_parts(at, *command, "updates", false);
  if (found.verb == "dropDatabase") return preview_database(at);
  std::optional<Place> place;
  if (found.verb == "drop") place = Place{database, collection};
  if (found.verb == "aggregate") place = target_of_out(*command, database);
  if (!place || place->collection.empty()) return effects;
  DBOPS_ASSIGN(const auto documents,
               count_all({context, queries, place->database, place->collection}));
  if (documents) effects.push_back(that_is(*documents, place->collection));
  return effects;
}

}  // namespace dbops::mongodb
