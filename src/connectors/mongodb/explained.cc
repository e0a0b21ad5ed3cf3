#include "connectors/mongodb/explained.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kShownBytes = 64;  // of a command's name

// A field of `from` under another name, where there is one.
void take(const bson_t& from, const char* name, Bson& into, const char* as) {
  bson_iter_t found;
  if (find_field(from, name, found)) bson_append_iter(into.get(), as, -1, &found);
}

// The find with the filter, order, hint and collation that `part` has.
Bson find_like(const bson_t& command, const std::string& verb, const bson_t& part,
               const char* filter, bool one) {
  Bson find;
  take(command, verb.c_str(), find, "find");
  take(part, filter, find, "filter");
  for (const char* name : {"sort", "hint", "collation"}) take(part, name, find, name);
  take(command, "let", find, "let");
  if (one) BSON_APPEND_INT32(find.get(), "limit", 1);
  take(command, "$db", find, "$db");
  return find;
}

Explained finding(Bson find) {
  return {std::move(find), "the plan is that of finding its documents, not of writing them"};
}

Result<Explained> explain_parts(const bson_t& command, const std::string& verb, const char* parts) {
  bson_iter_t list;
  bson_iter_t each;
  bson_t part;
  if (!find_field(command, parts, list) || !bson_iter_recurse(&list, &each) ||
      !bson_iter_next(&each) || !view_document(each, part))
    return fail(Code::invalid_argument, verb + " has no part that could be explained",
                std::string("its parts stand in the array \"") + parts + '"');
  if (bson_iter_next(&each))
    return fail(Code::invalid_argument, verb + " has several parts, and each has its own plan",
                "explain them one by one");
  const bool one = verb == "delete" ? integer_at(part, "limit") == 1 : !true_at(part, "multi");
  return finding(find_like(command, verb, part, "q", one));
}

// A pipeline without the stage at its end that writes.
Result<Explained> explain_pipeline(const bson_t& command) {
  Explained explained;
  bson_iter_t list;
  bson_iter_t stage;
  bson_t last;
  std::string writes;
  size_t count = 0;
  if (find_field(command, "pipeline", list) && bson_iter_recurse(&list, &stage))
    for (; bson_iter_next(&stage); ++count)
      for (const char* name : {"$out", "$merge"})
        if (bson_iter_t found; view_document(stage, last) && find_field(last, name, found))
          writes = name;
  if (writes.empty()) {
    explained.command = Bson::copy_of(command);
    return explained;
  }
  bson_iter_t field;
  bson_t pipeline;
  bson_iter_init(&field, &command);
  while (bson_iter_next(&field)) {
    if (key_of(field) != "pipeline") {
      bson_append_iter(explained.command.get(), nullptr, 0, &field);
      continue;
    }
    BSON_APPEND_ARRAY_BEGIN(explained.command.get(), "pipeline", &pipeline);
    bson_iter_recurse(&field, &stage);
    for (size_t i = 0; i + 1 < count && bson_iter_next(&stage); ++i)
      bson_append_iter(&pipeline, nullptr, 0, &stage);
    bson_append_array_end(explained.command.get(), &pipeline);
  }
  explained.note = "its last stage, " + writes + ", is no part of the plan";
  return explained;
}

}  // namespace

Result<Explained> to_explain(const bson_t& command) {
  constexpr auto kPlanned = std::to_array<std::string_view>({"count", "distinct", "find"});
  bson_iter_t first;
  std::string verb;
  if (bson_iter_init(&first, &command) && bson_iter_next(&first)) verb = key_of(first);
  if (verb == "update") return explain_parts(command, verb, "updates");
  if (verb == "delete") return explain_parts(command, verb, "deletes");
  if (verb == "findAndModify" || verb == "findandmodify")
    return finding(find_like(command, verb, command, "query", true));
  if (verb == "aggregate") return explain_pipeline(command);
  if (std::find(kPlanned.begin(), kPlanned.end(), verb) != kPlanned.end())
    return Explained{Bson::copy_of(command), {}};
  return fail(Code::unsupported, escape_control(shorten(verb, kShownBytes)) + " has no plan",
              "find, aggregate, count, distinct, update, delete and findAndModify have one");
}

Explained find_of_distinct(const bson_t& command) {
  return {find_like(command, "distinct", command, "query", false),
          "the server explains no distinct: the plan is that of finding the documents"};
}

}  // namespace dbops::mongodb
