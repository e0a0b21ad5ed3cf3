#include "connectors/elasticsearch/fence.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include "base/json.h"
#include "base/text.h"
#include "connectors/elasticsearch/paths.h"
#include "connectors/elasticsearch/search_body.h"

namespace dbops::elasticsearch {
namespace {

namespace json = boost::json;

constexpr size_t kShownBytes = 64;        // of a name in a message
constexpr size_t kIndicesReached = 1000;  // by one request

std::string shown(std::string_view text) {
  return '"' + escape_control(shorten(text, kShownBytes)) + '"';
}

// Parameters that show no field, nor compare one.
constexpr auto kBlind = std::to_array<std::string_view>(
    {"pretty", "human", "error_trace", "timeout", "filter_path", "ignore_unavailable",
     "allow_no_indices", "routing", "preference", "request_cache", "size", "from",
     "track_total_hits", "terminate_after", "realtime"});

// The fields of a mapping, by their paths, and what of it makes one more than it says.
class Fields {
 public:
  using Masked = std::function<bool(std::string_view)>;
  Fields(const JsonView& mappings, const Masked& masked) : masked_(masked) {
    walk(mappings["properties"], {}, false);
    for (const auto& [name, runtime] : mappings["runtime"].members()) leaves_.erase(name);
    // A copy holds what its source does.
    for (const std::string& copy : copies_)
      std::erase_if(leaves_, [&](const std::string& leaf) {
        return leaf == copy || leaf.starts_with(copy + '.');
      });
  }
  std::set<std::string> take() { return std::move(leaves_); }

 private:
  void walk(const JsonView& properties, const std::string& base, bool masked) {
    for (const auto& [name, field] : properties.members()) {
      const std::string path = base.empty() ? name : base + '.' + name;
      const bool hidden = masked || masked_(path);
      if (hidden) note_copies(field["copy_to"]);
      const std::string type = field["type"].is_null() ? "object" : field["type"].string();
      constexpr auto kMore =
          std::to_array<std::string_view>({"object", "nested", "alias", "flattened", "flat_object",
                                           "join", "percolator", "passthrough"});
      const bool leaf = std::find(kMore.begin(), kMore.end(), type) == kMore.end();
      if (leaf && !hidden) leaves_.insert(path);
      walk(field["properties"], path, hidden);
      walk(field["fields"], path, hidden);
    }
  }
  void note_copies(const JsonView& copy_to) {
    if (copy_to.is_string()) copies_.insert(copy_to.string());
    for (const JsonView& each : copy_to.elements()) copies_.insert(each.string());
  }

  const Masked& masked_;
  std::set<std::string> leaves_;
  std::set<std::string> copies_;
};

json::value source_of(const Reach& reach) {
  json::value source(true);
  for (const auto& [name, value] : reach.parameters) {
    if (name != "_source" && name != "_source_includes") continue;
    if (value == "false") {
      source = false;
      continue;
    }
    json::array names;
    for (size_t at = 0; at <= value.size();) {
      const size_t end = std::min(value.find(',', at), value.size());
      names.emplace_back(value.substr(at, end - at));
      at = end + 1;
    }
    source = std::move(names);
  }
  return source;
}

// Where the body says so, and the path does not say otherwise.
bool shows_no_hit(const json::object& body, const Reach& reach) {
  const json::value* size = body.if_contains("size");
  return size != nullptr && size->is_int64() && size->get_int64() == 0 &&
         std::none_of(reach.parameters.begin(), reach.parameters.end(),
                      [](const auto& each) { return each.first == "size"; });
}

}  // namespace

bool Fence::allows(const std::string& name) const {
  return access_.table(kOnlySchema, name, Access::Case::counts);
}

// What the server resolves a name to: of each index, alias or stream the indices behind it.
std::map<std::string, Fence::Reached> Fence::read_entries(const JsonView& json,
                                                          const Aliases& aliases) {
  std::map<std::string, Reached> entries;
  const auto add = [&](const std::string& entry, const std::string& index, const JsonView& stream) {
    Names& names = entries[entry][index];
    names.insert(index);
    names.insert(entry);
    if (!stream.is_null()) names.insert(stream.string());
    if (const auto at = aliases.find(index); at != aliases.end())
      names.insert(at->second.begin(), at->second.end());
  };
  for (const JsonView& each : json["indices"].elements())
    add(each["name"].string(), each["name"].string(), each["data_stream"]);
  for (const JsonView& each : json["data_streams"].elements()) {
    const std::string name = each["name"].string();
    for (const JsonView& index : each["backing_indices"].elements())
      add(name, index.string(), each["name"]);
    if (!entries.contains(name)) add(name, name, {});
  }
  for (const JsonView& each : json["aliases"].elements()) {
    for (const JsonView& index : each["indices"].elements())
      add(each["name"].string(), index.string(), {});
    if (each["indices"].is_string()) add(each["name"].string(), each["indices"].string(), {});
  }
  return entries;
}

Result<std::map<std::string, Fence::Reached>> Fence::ask(const Context& context, Link& link,
                                                         const std::string& name,
                                                         const Aliases& aliases) {
  const std::string path =
      "/_resolve/index/" + encode_segment(name) + "?expand_wildcards=open,closed";
  DBOPS_ASSIGN(const Whole answer, ask_json(context, link, Tier::read, {"GET", path}));
  return read_entries(answer.json(), aliases);
}

Result<void> Fence::resolve_one(const Context& context, Link& link, const std::string& name,
                                const Aliases& aliases, Reached& reached) const {
  auto entries = ask(context, link, name, aliases);
  const bool missing = entries ? entries->empty() && name.find('*') == std::string::npos
                               : entries.error().code == Code::not_found;
  if (missing) {
    if (allows(name)) return {};  // The request will say so itself.
    return refused("it does not show " + shown(name));
  }
  if (!entries) {
    DBOPS_TRY(context.alive());
    return refused("the server does not say what " + shown(name) +
                   " stands for: " + entries.error().message);
  }
  for (auto& [entry, found] : *entries) {
    DBOPS_TRY(judge(name, entry, found));
    for (auto& [index, names] : found) reached[index].merge(names);
  }
  if (reached.size() > kIndicesReached)
    return refused(shown(name) + " stands for more than " + std::to_string(kIndicesReached) +
                   " indices");
  return {};
}

// An index may be read where it, or the alias or stream that it is reached by, is allowed, and none
// of its names is denied: an alias may show a part of it, and hides all.
bool Fence::shows(const std::string& entry, const Reached& behind) const {
  return std::all_of(behind.begin(), behind.end(), [&](const auto& each) {
    const auto& [index, names] = each;
    // What stands behind a stream has names of the server's own.
    const bool own = index.starts_with('.');
    const bool allowed = allows(entry) || (!own && allows(index));
    return allowed && !entry.starts_with('.') &&
           std::none_of(names.begin(), names.end(),
                        [&](const std::string& name) { return access_.denied(kOnlySchema, name); });
  });
}

Result<void> Fence::judge(const std::string& named, const std::string& entry,
                          const Reached& behind) const {
  if (shows(entry, behind)) return {};
  const bool pattern = named.find('*') != std::string::npos;
  return refused(
      "it does not show " + (pattern ? "all that " + shown(named) + " stands for" : shown(named)),
      "explore without a path lists what may be seen");
}

Result<Fence::Aliases> Fence::aliases(const Context& context, Link& link) {
  DBOPS_ASSIGN(const Whole answer, ask_json(context, link, Tier::read, {"GET", "/_alias"}));
  Aliases all;
  for (const auto& [index, of_index] : answer.json().members())
    for (const auto& [alias, filter] : of_index["aliases"].members()) all[index].insert(alias);
  return all;
}

Result<Fence::Reached> Fence::resolve(const Context& context, Link& link,
                                      const std::vector<std::string>& names) const {
  DBOPS_ASSIGN(const Aliases known, aliases(context, link));
  Reached reached;
  for (const std::string& name : names) DBOPS_TRY(resolve_one(context, link, name, known, reached));
  return reached;
}

Result<void> Fence::keep_visible(const Context& context, Link& link,
                                 std::vector<Item>& items) const {
  if (!restricts()) return {};
  DBOPS_ASSIGN(const Aliases known, aliases(context, link));
  DBOPS_ASSIGN(const auto entries, ask(context, link, "*", known));
  std::erase_if(items, [&](Item& item) {
    const auto found = entries.find(item.path[0]);
    return found == entries.end() || !shows(found->first, found->second);
  });
  // It names the indices behind it.
  for (Item& item : items)
    if (item.kind == "alias") item.signature.clear();
  return {};
}

Result<void> Fence::check_names(const Context& context, Link& link,
                                const std::vector<std::string>& names) const {
  if (!restricts()) return {};
  for (const std::string& name : names) DBOPS_TRY(split_names(name));
  DBOPS_TRY(resolve(context, link, names));
  return {};
}

Result<void> Fence::check_unmasked(std::string_view what) const {
  if (!has_masks()) return {};
  return refused("under masks " + std::string(what) + " can't be held to them",
                 R"(write GET /index/_search {"_source": ["field", ...]} instead)");
}

bool Fence::is_masked(const Names& names) const {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return access_.has_masks(kOnlySchema, name); });
}

// Itself, or what it is a part of.
bool Fence::is_masked(const Names& names, std::string_view field) const {
  for (size_t end = field.find('.');; end = field.find('.', end + 1)) {
    const std::string_view part = field.substr(0, end);
    for (const std::string& name : names)
      if (access_.masked(kOnlySchema, name, part)) return true;
    if (end == std::string_view::npos) return false;
  }
}

// Those that every index has, and that hold nothing masked.
Result<std::set<std::string>> Fence::usable_fields(const Context& context, Link& link,
                                                   const Reached& reached) const {
  std::set<std::string> usable;
  bool first = true;
  for (const auto& [index, names] : reached) {
    const std::string path = '/' + encode_segment(index) + "/_mapping";
    DBOPS_ASSIGN(const Whole answer, ask_json(context, link, Tier::read, {"GET", path}));
    const Fields::Masked masked = [&, &names = names](std::string_view field) {
      return is_masked(names, field);
    };
    std::set<std::string> mine;
    for (const auto& [name, body] : answer.json().members())
      mine = Fields(body["mappings"], masked).take();
    if (!masked("_id")) mine.insert("_id");
    if (first)
      usable = std::move(mine);
    else
      std::erase_if(usable, [&](const std::string& each) { return !mine.contains(each); });
    first = false;
  }
  return usable;
}

bool Fence::touches_masks(const Reached& reached) const {
  // What is not there yet could be made in between, under any name that is masked.
  if (reached.empty()) return has_masks();
  return std::any_of(reached.begin(), reached.end(),
                     [&](const auto& each) { return is_masked(each.second); });
}

Result<std::optional<std::set<std::string>>> Fence::unmasked_fields(
    const Context& context, Link& link, const std::vector<std::string>& names) const {
  if (!has_masks()) return std::nullopt;
  for (const std::string& name : names) DBOPS_TRY(split_names(name));
  DBOPS_ASSIGN(const Reached reached, resolve(context, link, names));
  if (!touches_masks(reached)) return std::nullopt;
  DBOPS_ASSIGN(auto usable, usable_fields(context, link, reached));
  return usable;
}

Result<void> Fence::check_masks(const Context& context, Link& link, const Reach& reach,
                                const Reached& reached) const {
  if (!touches_masks(reached)) return {};
  const bool document = reach.form == Reach::Form::document;
  if (!document && reach.form != Reach::Form::search)
    return refused("under a mask this form of request is not used",
                   R"(write GET /index/_search {"_source": ["field", ...]})");
  for (const auto& [name, value] : reach.parameters) {
    const bool source = document && (name == "_source" || name == "_source_includes");
    if (!source && std::find(kBlind.begin(), kBlind.end(), name) == kBlind.end())
      return refused("under a mask the parameter " + shown(name) + " is not used");
  }
  DBOPS_ASSIGN(const auto usable, usable_fields(context, link, reached));
  const MayUse may_use = [&](std::string_view field) {
    return usable.contains(std::string(field));
  };
  if (document) return check_masked_source(source_of(reach), may_use);
  for (const std::string& search : reach.searches) {
    DBOPS_ASSIGN(const json::value body, parse_json(search));
    const bool counts = reach.counts || shows_no_hit(body.get_object(), reach);
    DBOPS_TRY(check_masked_search(body.get_object(), may_use, counts));
  }
  return {};
}

Result<void> Fence::check(const Context& context, Link& link, std::string_view method,
                          std::string_view path, std::string_view body) const {
  if (!restricts()) return {};
  DBOPS_ASSIGN(const Reach reach, reach_of(method, path, body));
  DBOPS_ASSIGN(const Reached reached, resolve(context, link, reach.names));
  return check_masks(context, link, reach, reached);
}

}  // namespace dbops::elasticsearch
