#include <algorithm>

#include "base/text.h"
#include "connectors/postgres/catalog.h"
#include "core/dialect.h"

namespace dbops::postgres {
namespace {

// Of the description of a relation, what has the name of one of its parts.
Result<void> narrow(Description& description, const std::vector<std::string>& path) {
  const std::string& name = path.back();
  const auto others = [&](const auto& part) { return part.name != name; };
  std::erase_if(description.columns, others);
  std::erase_if(description.indexes, others);
  std::erase_if(description.references, others);
  std::erase_if(description.features, others);
  description.referenced_by.clear();
  description.primary_key.clear();
  description.properties.clear();
  description.definition.clear();
  Item& item = description.item;
  item.rows.reset();
  item.bytes.reset();
  item.path = path;
  if (!description.columns.empty()) {
    const ColumnInfo& column = description.columns.front();
    item.kind = "column";
    item.signature = column.type + (column.nullable ? "" : " not null");
    item.comment = column.comment;
  } else if (!description.indexes.empty()) {
    item.kind = "index";
  } else if (!description.references.empty()) {
    item.kind = "constraint";
  } else if (!description.features.empty()) {
    item.kind = description.features.front().kind;
  } else {
    return fail(Code::not_found, "there is no " + escape_control(format_path(path)),
                "look at what is there with explore");
  }
  return {};
}

// What a target goes by: oids are unique within their own catalogue only.
std::string key_of(const Place& place, const std::string& oid) {
  switch (place.kind) {
    case Place::Kind::relation:
      return oid;
    case Place::Kind::function:
      return "function " + oid;
    case Place::Kind::type:
      return "type " + oid;
    case Place::Kind::schema:
      break;
  }
  return "schema " + oid;
}

std::vector<std::string> oids_of(const std::vector<Place>& places, Place::Kind kind) {
  std::vector<std::string> oids;
  for (const Place& place : places)
    if (place.kind == kind) oids.insert(oids.end(), place.oids.begin(), place.oids.end());
  return oids;
}

}  // namespace

Result<std::vector<Description>> PostgresCatalog::describe(
    const Context& context, const std::vector<std::vector<std::string>>& paths) {
  if (paths.empty()) return std::vector<Description>();
  DBOPS_TRY(core_.make_ready(context));
  DBOPS_ASSIGN(const std::vector<Place> places, find_places(context, core_.link(), paths));
  std::vector<Description> descriptions(places.size());
  Targets targets;
  for (size_t i = 0; i < places.size(); ++i) {
    descriptions[i].item.path = places[i].path;
    for (const std::string& oid : places[i].oids)
      targets[key_of(places[i], oid)] = &descriptions[i];
  }
  // All questions go out in one round trip.
  std::vector<Question> questions =
      relation_questions(array_literal(oids_of(places, Place::Kind::relation)));
  const size_t split = questions.size();
  for (Question& question : object_questions(array_literal(oids_of(places, Place::Kind::function)),
                                             array_literal(oids_of(places, Place::Kind::type)),
                                             array_literal(oids_of(places, Place::Kind::schema))))
    questions.push_back(std::move(question));
  DBOPS_ASSIGN(const std::vector<Rows> answers, core_.link().ask_all(context, questions));
  read_relations(std::span(answers).first(split), targets);
  read_objects(std::span(answers).subspan(split), targets);
  for (size_t i = 0; i < places.size(); ++i) {
    // What is asked for twice is described once, in its last place, and copied from there.
    const Description* filled = targets[key_of(places[i], places[i].oids[0])];
    if (filled != &descriptions[i]) descriptions[i] = *filled;
    descriptions[i].item.path = places[i].path;
    if (places[i].path.size() > 2) DBOPS_TRY(narrow(descriptions[i], places[i].path));
  }
  return descriptions;
}

}  // namespace dbops::postgres
