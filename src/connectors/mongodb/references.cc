#include "connectors/mongodb/references.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connectors/mongodb/ask.h"

namespace dbops::mongodb {
namespace {

// "lines[].productId" is about "product".
std::string subject_of(std::string_view field) {
  while (field.ends_with("[]")) field.remove_suffix(2);
  field.remove_prefix(field.rfind('.') + 1);  // npos + 1 is 0.
  for (const std::string_view end : {"_ids", "_id", "Ids", "IDs", "Id", "ID"})
    if (field.size() > end.size() && field.ends_with(end)) {
      field.remove_suffix(end.size());
      break;
    }
  return lower(field);
}

// Whether a collection of that name holds such things: "category" in "Categories".
bool is_named_after(std::string_view collection, const std::string& subject) {
  const std::string name = lower(collection);
  return name == subject || name == subject + "s" || name == subject + "es" ||
         (subject.ends_with('y') && name == subject.substr(0, subject.size() - 1) + "ies");
}

// What an _id is made of, mostly. A text or a number that only looks like one is found out by
// looking for it.
bool may_refer(const SampledField& field) {
  constexpr auto kTypes =
      std::to_array<std::string_view>({"objectId", "string", "int", "long", "binData"});
  return !field.values.empty() && field.name != "_id" &&
         std::any_of(kTypes.begin(), kTypes.end(),
                     [&](std::string_view type) { return field.types.contains(type); });
}

}  // namespace

std::vector<Candidate> reference_candidates(const Sample& sample,
                                            const std::vector<std::string>& collections) {
  std::vector<Candidate> candidates;
  for (const SampledField& field : sample.fields) {
    if (!may_refer(field)) continue;
    const std::string subject = subject_of(field.name);
    const auto named =
        std::find_if(collections.begin(), collections.end(),
                     [&](const std::string& each) { return is_named_after(each, subject); });
    if (named == collections.end()) continue;
    candidates.push_back({field.name, *named, field.values});
    if (candidates.size() == kReferencesMax) break;
  }
  return candidates;
}

Result<size_t> count_present(const Context& context, Link& link, const std::string& database,
                             const Candidate& candidate) {
  std::string values;
  for (const std::string& each : candidate.values) values += (values.empty() ? "" : ", ") + each;
  size_t present = 0;
  auto found =
      ask_each(context, link, database,
               R"({"find": )" + quoted(candidate.collection) + R"(, "filter": {"_id": {"$in": [)" +
                   values + R"(]}}, "projection": {"_id": 1}})",
               candidate.values.size(), [&](const bson_t&) { ++present; });
  if (!found && !lacks(found.error())) return fail(std::move(found).error());
  return present;
}

}  // namespace dbops::mongodb
