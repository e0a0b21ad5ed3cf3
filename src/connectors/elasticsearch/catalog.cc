#include "connectors/elasticsearch/catalog.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "connectors/elasticsearch/mapping.h"
#include "connectors/elasticsearch/paths.h"

namespace dbops::elasticsearch {
namespace {

bool is_own(std::string_view name) { return name.starts_with('.'); }

int rank(const Item& item) {
  return item.kind == "index" ? 0 : item.kind == "data stream" ? 1 : item.kind == "alias" ? 2 : 3;
}

bool before(const Item& a, const Item& b) {
  return rank(a) != rank(b) ? rank(a) < rank(b) : a.path < b.path;
}

Catalog::Listing page(std::vector<Item> items, const Catalog::Search& search) {
  Catalog::Listing listing;
  std::sort(items.begin(), items.end(), before);
  const size_t begin = std::min(search.offset, items.size());
  const size_t end = begin + std::min(search.limit, items.size() - begin);
  listing.truncated = end < items.size();
  listing.items.assign(std::make_move_iterator(items.begin() + static_cast<ptrdiff_t>(begin)),
                       std::make_move_iterator(items.begin() + static_cast<ptrdiff_t>(end)));
  return listing;
}

Item field_item(const std::string& relation, const Field& field) {
  return {.kind = "field",
          .path = {relation, field.name},
          .signature = field.type + (field.note.empty() ? "" : ", " + field.note),
          .comment = {},
          .rows = {},
          .bytes = {}};
}

ColumnInfo column_of(const Field& field) {
  return {.name = field.name,
          .type = field.type,
          .fallback = {},
          .generated = {},
          .comment = field.note,
          .labels = {}};
}

// That which a path ends with.
Result<Field> find_field(const std::vector<Field>& fields, const std::vector<std::string>& path) {
  std::vector<std::string> names;
  for (const Field& field : fields) {
    if (field.name == path[1]) return field;
    names.push_back(field.name);
  }
  const auto near = nearest(path[1], names);
  return fail(
      Code::not_found, "there is no field " + escape_control(format_path(path)),
      near ? "did you mean " + escape_control(format_path({path[0], *near})) + "?"
           : "list the fields of " + escape_control(format_path({path[0]})) + " with explore");
}

// "yellow", "green, closed".
std::string state_of(const JsonView& index) {
  std::string state = index["health"].is_null() ? "" : index["health"].string();
  if (index["status"].string() == "close") state += state.empty() ? "closed" : ", closed";
  return escape_control(state);
}

// The lifecycle of each index, as ", hot of logs-policy". Not every server has such: then none.
std::map<std::string, std::string> phases(const Context& context, Link& link) {
  std::map<std::string, std::string> found;
  const auto answer = ask_json(
      context, link, Tier::read,
      {"GET", "/_all/_ilm/explain?only_managed=true&filter_path=indices.*.policy,indices.*.phase"});
  if (!answer) return found;
  for (const auto& [index, state] : answer->json()["indices"].members())
    found[index] =
        escape_control("phase " + state["phase"].string() + " of " + state["policy"].string());
  return found;
}

}  // namespace

Result<std::vector<Item>> ElasticCatalog::relations(const Context& context) {
  DBOPS_ASSIGN(const Whole indices,
               ask_json(context, link_, Tier::read,
                        {"GET",
                         "/_cat/indices?format=json&bytes=b&expand_wildcards=open,closed"
                         "&h=index,health,status,docs.count,store.size"}));
  const auto lifecycles = phases(context, link_);
  DBOPS_TRY(context.alive());
  std::vector<Item> items;
  for (const JsonView& index : indices.json().elements()) {
    const std::string name = index["index"].string();
    const auto phase = lifecycles.find(name);
    if (!is_own(name))
      items.push_back(
          {.kind = "index",
           .path = {name},
           .signature = state_of(index) + (phase == lifecycles.end() ? "" : ", " + phase->second),
           .comment = {},
           .rows = index["docs.count"].integer(),
           .bytes = index["store.size"].integer(),
           .keeps_rows = true});
  }
  DBOPS_ASSIGN(const Whole aliases, ask_json(context, link_, Tier::read, {"GET", "/_alias"}));
  std::map<std::string, std::string> behind;
  for (const auto& [index, answer] : aliases.json().members())
    for (const auto& [alias, filter] : answer["aliases"].members()) {
      std::string& names = behind[alias];
      names += (names.empty() ? "of " : ", ") + index;
    }
  for (const auto& [alias, names] : behind)
    if (!is_own(alias))
      items.push_back({.kind = "alias",
                       .path = {alias},
                       .signature = names,
                       .comment = {},
                       .rows = {},
                       .bytes = {},
                       .keeps_rows = true});
  // Not every build of the server has data streams.
  if (const auto streams = ask_json(context, link_, Tier::read, {"GET", "/_data_stream"}))
    for (const JsonView& stream : streams->json()["data_streams"].elements())
      items.push_back(
          {.kind = "data stream",
           .path = {stream["name"].string()},
           .signature = std::to_string(stream["indices"].elements().size()) + " indices",
           .comment = {},
           .rows = {},
           .bytes = {},
           .keeps_rows = true});
  return items;
}

// The fields of a relation; nothing in a field.
Result<std::vector<Item>> ElasticCatalog::items_in(const Context& context,
                                                   const std::vector<std::string>& path) {
  if (path.size() > 2) return missing(context, path);
  const std::string mapping = '/' + encode_segment(path[0]) + "/_mapping";
  const auto answer = ask_json(context, link_, Tier::read, {"GET", mapping});
  if (!answer && answer.error().code == Code::not_found) return missing(context, path);
  if (!answer) return fail(answer.error());
  const std::vector<Field> fields = fields_of(answer->json());
  std::vector<Item> items;
  if (path.size() == 2) {
    DBOPS_TRY(find_field(fields, path));
    return items;
  }
  for (const Field& field : fields) items.push_back(field_item(path[0], field));
  return items;
}

Result<Catalog::Listing> ElasticCatalog::list(const Context& context,
                                              const std::vector<std::string>& path,
                                              const Search& search) {
  if (!path.empty()) DBOPS_TRY(fence_.check_names(context, link_, {path[0]}));
  std::vector<Item> items;
  if (path.empty()) {
    DBOPS_ASSIGN(items, relations(context));
    if (!search.pattern.empty()) {
      DBOPS_ASSIGN(const Whole answer, ask_json(context, link_, Tier::read, {"GET", "/_mapping"}));
      for (const auto& [index, mapping] : answer.json().members()) {
        if (is_own(index)) continue;
        std::string one = "{";
        JsonWriter(one).string(index);
        one.append(":").append(mapping.text()).append("}");
        for (const Field& field : fields_of(JsonView::trust(one)))
          items.push_back(field_item(index, field));
      }
    }
  } else {
    DBOPS_ASSIGN(items, items_in(context, path));
  }
  DBOPS_TRY(fence_.keep_visible(context, link_, items));
  if (!search.pattern.empty())
    std::erase_if(
        items, [&](const Item& item) { return !matches_name(item.path.back(), search.pattern); });
  return page(std::move(items), search);
}

tl::unexpected<Error> ElasticCatalog::missing(const Context& context,
                                              const std::vector<std::string>& path) {
  std::vector<std::string> names;
  // Under rules the nearest name may be one that is hidden.
  if (const auto items = fence_.restricts() ? fail(Code::forbidden, "") : relations(context))
    for (const Item& item : *items) names.push_back(item.path[0]);
  const auto near = nearest(path.empty() ? "" : path[0], names);
  return fail(Code::not_found, "there is no index or alias " + escape_control(format_path(path)),
              near ? "did you mean " + escape_control(format_path({*near})) + "?"
                   : "list what is there with explore");
}

Result<void> ElasticCatalog::describe_settings(const Context& context, const std::string& name,
                                               Description& description) {
  const std::string path = '/' + encode_segment(name) + "?flat_settings=false";
  DBOPS_ASSIGN(const Whole answer, ask_json(context, link_, Tier::read, {"GET", path}));
  const auto indices = answer.json().members();
  for (const auto& [index, body] : indices) {
    const JsonView settings = body.at({"settings", "index"});
    const auto note = [&, &index = index](const char* label, const JsonView& value) {
      if (!value.is_null() && !value.is_object())
        description.properties.emplace_back(indices.size() > 1 ? index + ' ' + label : label,
                                            escape_control(value.string()));
    };
    note("shards", settings["number_of_shards"]);
    note("replicas", settings["number_of_replicas"]);
    note("refresh interval", settings["refresh_interval"]);
    for (const char* kind : {"analyzer", "normalizer", "tokenizer", "filter", "char_filter"})
      for (const auto& [each, text] : settings.at({"analysis", kind}).members())
        description.features.push_back({kind, each, std::string(text.text())});
    for (const auto& [alias, text] : body["aliases"].members())
      if (alias != name) description.features.push_back({"alias", alias, std::string(text.text())});
    if (index != name) description.features.push_back({"index", index, {}});
  }
  return {};
}

Result<Description> ElasticCatalog::describe_one(const Context& context,
                                                 const std::vector<std::string>& path) {
  if (path.empty()) {
    Description whole;
    whole.item.kind = "cluster";
    return whole;
  }
  DBOPS_TRY(fence_.check_names(context, link_, {path[0]}));
  if (path.size() > 2) return missing(context, path);
  DBOPS_ASSIGN(const std::vector<Item> all, relations(context));
  const auto known = std::find_if(all.begin(), all.end(),
                                  [&](const Item& each) { return each.path[0] == path[0]; });
  if (known == all.end() && !is_own(path[0])) return missing(context, path);
  Description description;
  if (known != all.end())
    description.item = *known;
  else
    description.item = {.kind = "index",
                        .path = {path[0]},
                        .signature = {},
                        .comment = {},
                        .rows = {},
                        .bytes = {},
                        .keeps_rows = true};
  const std::string base = '/' + encode_segment(path[0]);
  DBOPS_ASSIGN(const Whole mapping,
               ask_json(context, link_, Tier::read, {"GET", base + "/_mapping"}));
  const std::vector<Field> fields = fields_of(mapping.json());
  if (path.size() == 2) {
    DBOPS_ASSIGN(const Field field, find_field(fields, path));
    description.columns.push_back(column_of(field));
    description.item = field_item(path[0], field);
    return description;
  }
  for (const Field& field : fields) description.columns.push_back(column_of(field));
  description.definition = mapping.json().text();
  DBOPS_TRY(describe_settings(context, path[0], description));
  const std::string count_path = base + "/_count";
  if (const auto count = ask_json(context, link_, Tier::read, {"GET", count_path})) {
    description.item.rows = count->json()["count"].integer();
    description.item.rows_exact = description.item.rows.has_value();
  }
  return description;
}

Result<std::vector<Description>> ElasticCatalog::describe(
    const Context& context, const std::vector<std::vector<std::string>>& paths) {
  std::vector<Description> all;
  for (const auto& path : paths) {
    DBOPS_ASSIGN(Description one, describe_one(context, path));
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace dbops::elasticsearch
