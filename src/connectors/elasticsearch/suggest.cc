#include "connectors/elasticsearch/suggest.h"

#include <array>

#include "base/text.h"
#include "connectors/elasticsearch/mapping.h"
#include "connectors/elasticsearch/paths.h"

namespace dbops::elasticsearch {
namespace {

constexpr std::chrono::seconds kAskMax{2};  // for names, once the answer itself is known

struct Words {
  std::string_view before;
  Missing::What what;
};
// The server's words right before the name, which stands in brackets.
constexpr auto kWords = std::to_array<Words>({
    {"no such index [", Missing::What::index},
    {"Unknown index [", Missing::What::index},
    {"Unknown column [", Missing::What::field},
    {"No mapping found for [", Missing::What::field},
});

// The indices that a request is about: of its path, or of the ES|QL query in its body.
std::string places_of(const OwnedRequest& request) {
  const auto parts = split_target(request.path);
  if (!parts || parts->empty()) return {};
  if ((*parts)[0] != "_query" || request.body.empty())
    return (*parts)[0].starts_with('_') ? "" : (*parts)[0];
  const auto sources = esql_sources(JsonView::trust(request.body)["query"].string());
  std::string all;
  if (sources)
    for (const std::string& each : *sources) all += (all.empty() ? "" : ",") + each;
  return all;
}

Result<std::vector<std::string>> visible_names(const Context& context, Link& link,
                                               const Fence& fence) {
  DBOPS_ASSIGN(const Whole answer, ask_json(context, link, Tier::read,
                                            {"GET", "/_resolve/index/*?expand_wildcards=open"}));
  std::vector<Item> items;
  for (const char* kind : {"indices", "aliases", "data_streams"})
    for (const JsonView& each : answer.json()[kind].elements())
      items.push_back({.kind = {},
                       .path = {each["name"].string()},
                       .signature = {},
                       .comment = {},
                       .rows = {},
                       .bytes = {}});
  DBOPS_TRY(fence.keep_visible(context, link, items));
  std::vector<std::string> names;
  for (const Item& item : items)
    if (!item.path[0].starts_with('.')) names.push_back(item.path[0]);
  return names;
}

Result<std::vector<std::string>> fields_at(const Context& context, Link& link,
                                           const std::string& places) {
  if (places.empty()) return fail(Code::not_found, "no index is named");
  const std::string path = '/' + encode_segment(places) + "/_mapping";
  DBOPS_ASSIGN(const Whole answer, ask_json(context, link, Tier::read, {"GET", path}));
  std::vector<std::string> names;
  for (const Field& field : fields_of(answer.json())) names.push_back(field.name);
  return names;
}

}  // namespace

std::optional<Missing> missing_in(std::string_view message) {
  for (const Words& words : kWords) {
    const size_t found = message.find(words.before);
    if (found == std::string_view::npos) continue;
    const size_t begin = found + words.before.size();
    const size_t end = message.find(']', begin);
    if (end == std::string_view::npos || end == begin) continue;
    return Missing{words.what, std::string(message.substr(begin, end - begin))};
  }
  return std::nullopt;
}

Error with_nearest(const Context& context, Link& link, const Fence& fence,
                   const OwnedRequest& request, Error error) {
  const auto missing = missing_in(error.message);
  if (!missing) return error;
  Context asking = context;
  asking.deadline = context.deadline.earlier(Deadline::after(kAskMax));
  const auto names = missing->what == Missing::What::index
                         ? visible_names(asking, link, fence)
                         : fields_at(asking, link, places_of(request));
  if (!names) return error;
  if (const auto near = nearest(missing->name, *names))
    error.hint = "did you mean " + escape_control(format_path({*near})) + "?";
  else
    error.hint = "list what is there with explore";
  return error;
}

}  // namespace dbops::elasticsearch
