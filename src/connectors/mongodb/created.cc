#include "connectors/mongodb/created.h"

#include <array>

#include "base/text.h"
#include "connectors/mongodb/ask.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kShownBytes = 120;  // of the collection's name
constexpr auto kOptions = std::to_array<const char*>(
    {"capped", "changeStreamPreAndPostImages", "clusteredIndex", "collation", "expireAfterSeconds",
     "pipeline", "timeseries", "validator", "viewOn"});

// Whether the option asks for what a collection is like without it.
bool says_nothing(const bson_iter_t& option) {
  if (BSON_ITER_HOLDS_BOOL(&option)) return !bson_iter_bool(&option);
  bson_t document;
  bson_iter_t enabled;
  if (!view_document(option, document)) return false;
  if (text_at(document, "locale") == "simple") return true;
  return find_field(document, "enabled", enabled) && BSON_ITER_HOLDS_BOOL(&enabled) &&
         !bson_iter_bool(&enabled);
}

}  // namespace

Result<std::vector<std::string>> dropped_options(const Context& context, Link& link,
                                                 const std::string& database,
                                                 const bson_t& command) {
  std::vector<std::string> wanted;
  bson_iter_t option;
  for (const char* name : kOptions)
    if (find_field(command, name, option) && !says_nothing(option)) wanted.emplace_back(name);
  std::vector<std::string> warnings;
  if (wanted.empty()) return warnings;
  const std::string other = text_at(command, "$db");
  const std::string name = text_at(command, "create");
  const auto listed = ask_each(
      context, link, other.empty() ? database : other,
      R"({"listCollections": 1, "cursor": {}, "filter": {"name": )" + quoted(name) + "}}", 1,
      [&](const bson_t& info) {
        for (const std::string& each : wanted)
          if (bson_iter_t there; !find_field(info, ("options." + each).c_str(), there))
            warnings.push_back("the server made " + escape_control(shorten(name, kShownBytes)) +
                               " without the option " + each + ": it does not have it");
      });
  if (!listed && listed.error().session_broken) {
    Error error = listed.error();
    error.effect = Effect::applied;
    return fail(std::move(error));
  }
  return warnings;
}

}  // namespace dbops::mongodb
