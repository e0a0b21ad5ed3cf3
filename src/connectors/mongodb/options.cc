#include "connectors/mongodb/options.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connectors/mongodb/ask.h"

namespace dbops::mongodb {
namespace {

// ", 100 documents" where their number is bounded too.
std::string capped_count(const bson_t& info) {
  const auto most = integer_at(info, "options.max");
  return most && *most > 0 ? ", " + format_count(*most) + " documents" : std::string();
}

}  // namespace

void add_property(Description& found, std::string name, std::string value) {
  if (!value.empty()) found.properties.emplace_back(std::move(name), std::move(value));
}

void add_options(const bson_t& info, Description& found) {
  const std::string validator = shown_json(info, "options.validator");
  if (!validator.empty() && validator != "{}") {
    found.features.push_back({"validator", "", validator});
    add_property(found, "validation level",
                 escape_control(text_at(info, "options.validationLevel")));
    add_property(found, "validation action",
                 escape_control(text_at(info, "options.validationAction")));
  }
  constexpr auto kOptions = std::to_array<std::pair<const char*, const char*>>({
      {"time series", "options.timeseries"},
      {"collation", "options.collation"},
      {"clustered by", "options.clusteredIndex.key"},
      {"storage engine", "options.storageEngine"},
  });
  for (const auto& [name, path] : kOptions) add_property(found, name, shown_json(info, path));
  if (const auto seconds = integer_at(info, "options.expireAfterSeconds"))
    add_property(found, "documents expire after", std::to_string(*seconds) + " s");
  if (true_at(info, "options.changeStreamPreAndPostImages.enabled"))
    add_property(found, "changes", "are told with the documents before and after them");
  if (true_at(info, "options.capped"))
    add_property(found, "capped",
                 format_bytes(static_cast<uint64_t>(
                     std::max<int64_t>(integer_at(info, "options.size").value_or(0), 0))) +
                     capped_count(info));
  const std::string view = text_at(info, "options.viewOn");
  if (view.empty()) return;
  found.definition = "{\"viewOn\": " + quoted(view) +
                     ", \"pipeline\": " + shown_json(info, "options.pipeline") + "}";
}

}  // namespace dbops::mongodb
