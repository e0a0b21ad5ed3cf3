#include "connectors/mongodb/explained.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kShownBytes = 64;  // of a command's name

std::string verb_of(const bson_t& command) {
  bson_iter_t first;
  return bson_iter_init(&first, &command) && bson_iter_next(&first) ? std::string(key_of(first))
                                                                    : std::string();
}

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

// Calls for each document of the array of that name, at most so many.
template <class Each>
void for_each_part(const bson_t& command, const char* parts, size_t parts_max, Each each) {
  bson_iter_t list;
  bson_iter_t at;
  bson_t part;
  if (!find_field(command, parts, list) || !bson_iter_recurse(&list, &at)) return;
  for (size_t count = 0; count < parts_max && bson_iter_next(&at); ++count)
    if (view_document(at, part)) each(part);
}

// Of update and delete.
std::vector<Explained> find_parts(const bson_t& command, const std::string& verb, size_t most) {
  std::vector<Explained> found;
  const bool deletes = verb == "delete";
  for_each_part(command, deletes ? "deletes" : "updates", most, [&](const bson_t& part) {
    const bool one = deletes ? integer_at(part, "limit") == 1 : !true_at(part, "multi");
    found.push_back(finding(find_like(command, verb, part, "q", one)));
  });
  return found;
}

// The updates and deletes of a bulkWrite, each in the collection that its number is for.
std::vector<Explained> find_bulk_parts(const bson_t& command, size_t most) {
  std::vector<Explained> found;
  for_each_part(command, "ops", most, [&](const bson_t& part) {
    for (const char* verb : {"update", "delete"}) {
      const auto number = integer_at(part, verb);
      if (!number) continue;
      const std::string space =
          text_at(command, ("nsInfo." + std::to_string(*number) + ".ns").c_str());
      const size_t dot = space.find('.');
      if (dot == std::string::npos) continue;
      Bson find;
      BSON_APPEND_UTF8(find.get(), "find", space.c_str() + dot + 1);
      for (const char* name : {"filter", "hint", "collation"}) take(part, name, find, name);
      take(command, "let", find, "let");
      if (!true_at(part, "multi")) BSON_APPEND_INT32(find.get(), "limit", 1);
      BSON_APPEND_UTF8(find.get(), "$db", space.substr(0, dot).c_str());
      found.push_back(finding(std::move(find)));
    }
  });
  return found;
}

Result<Explained> explain_part(const bson_t& command, const std::string& verb) {
  constexpr size_t kMore = 2;  // Tells one from several.
  std::vector<Explained> parts = find_parts(command, verb, kMore);
  if (parts.empty())
    return fail(Code::invalid_argument, verb + " has no part that could be explained",
                "its parts stand in the array \"" + verb + "s\"");
  if (parts.size() > 1)
    return fail(Code::invalid_argument, verb + " has several parts, and each has its own plan",
                "explain them one by one");
  return std::move(parts.front());
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
  const std::string verb = verb_of(command);
  if (verb == "update" || verb == "delete") return explain_part(command, verb);
  if (verb == "findAndModify" || verb == "findandmodify")
    return finding(find_like(command, verb, command, "query", true));
  if (verb == "aggregate") return explain_pipeline(command);
  if (std::find(kPlanned.begin(), kPlanned.end(), verb) != kPlanned.end())
    return Explained{Bson::copy_of(command), {}};
  return fail(Code::unsupported, escape_control(shorten(verb, kShownBytes)) + " has no plan",
              "find, aggregate, count, distinct, update, delete and findAndModify have one");
}

std::vector<Explained> parts_to_explain(const bson_t& command, size_t parts_max) {
  const std::string verb = verb_of(command);
  if (verb == "update" || verb == "delete") return find_parts(command, verb, parts_max);
  if (verb == "bulkWrite") return find_bulk_parts(command, parts_max);
  std::vector<Explained> found;
  // Some servers have no plan of a count.
  if (verb == "count") {
    found.push_back(finding(find_like(command, verb, command, "query", false)));
  } else if (auto one = to_explain(command); one) {
    found.push_back(*std::move(one));
  }
  return found;
}

Explained find_of_distinct(const bson_t& command) {
  return {find_like(command, "distinct", command, "query", false),
          "the server explains no distinct: the plan is that of finding the documents"};
}

}  // namespace dbops::mongodb
