#include "connectors/mongodb/search_command.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/statement.h"

namespace dbops::mongodb {
namespace {

// Values go as parameters: in the command's text stand "$1", "$2" ... for them.
class Builder {
 public:
  Builder(const SearchIndexes& indexes, const SearchRequest& request)
      : indexes_(indexes), request_(request), out_(text_) {}

  Result<Bson> make(const std::string& database, const std::string& collection) {
    out_.begin_object().member("aggregate", collection).member("$db", database);
    out_.key("pipeline").begin_array();
    DBOPS_TRY(request_.vector.empty() ? by_words(collection) : by_vector(collection));
    out_.begin_object().key("$project").begin_object().member("_id", 0).member("id", "$_id");
    out_.key("score").begin_object().member("$meta",
                                            request_.vector.empty() ? "textScore" : "searchScore");
    out_.end_object().member("document", "$$ROOT").end_object().end_object();
    leave_out();
    out_.end_array().key("cursor").begin_object().end_object().end_object();
    DBOPS_ASSIGN(Bson command, parse_document(text_));
    return bind(std::move(command), parameters_);
  }

 private:
  void put(const Value& value) {
    parameters_.add({}, value);
    out_.string("$" + std::to_string(parameters_.size()));
  }

  Result<void> by_words(const std::string& collection) {
    if (!indexes_.text)
      return fail(Code::unsupported, escape_control(collection) + " has no text index",
                  "make one: {\"createIndexes\": \"" + escape_control(collection) +
                      "\", \"indexes\": [{\"key\": {\"FIELD\": \"text\"}, \"name\": \"words\"}]}");
    if (!request_.fields.empty())
      return fail(Code::unsupported, "a text index is searched in all of its fields",
                  "leave fields out, or say what must hold of them in the filter");
    DBOPS_ASSIGN(const auto words, wanted_words(request_.text));
    std::string search;
    for (const SearchWord& word : words)
      search +=
          (search.empty() ? "" : " ") + std::string(word.wanted ? "" : "-") + '"' + word.text + '"';
    out_.begin_object().key("$match").begin_object().key("$text").begin_object().key("$search");
    put(Value::text(search));
    out_.end_object();
    DBOPS_TRY(filter());
    out_.end_object().end_object();
    out_.begin_object().key("$sort").begin_object().key("score").begin_object();
    out_.member("$meta", "textScore").end_object().end_object().end_object();
    out_.begin_object().member("$limit", request_.limit).end_object();
    return {};
  }

  Result<const SearchIndexes::Vectors*> vectors(const std::string& collection) const {
    const auto given = static_cast<int64_t>(request_.vector.size());
    if (request_.fields.size() > 1)
      return fail(Code::invalid_argument, "a vector is searched for in one field");
    const SearchIndexes::Vectors* best = nullptr;
    for (const auto& each : indexes_.vectors) {
      if (!request_.fields.empty() && request_.fields[0] != each.field) continue;
      if (best == nullptr || each.dimensions == given) best = &each;
    }
    if (best == nullptr)
      return fail(Code::unsupported,
                  escape_control(collection) + " has no index for cosmosSearch over " +
                      (request_.fields.empty() ? "any field" : escape_control(request_.fields[0])),
                  "where the server has $vectorSearch, send it in an aggregate command by query");
    if (best->dimensions > 0 && best->dimensions != given)
      return fail(Code::invalid_argument, "the vector has " + std::to_string(given) +
                                              " numbers, and " + escape_control(best->field) +
                                              " has vectors of " +
                                              std::to_string(best->dimensions));
    return best;
  }

  Result<void> by_vector(const std::string& collection) {
    DBOPS_ASSIGN(const SearchIndexes::Vectors* const found, vectors(collection));
    out_.begin_object().key("$search").begin_object().key("cosmosSearch").begin_object();
    out_.member("path", found->field).member("k", request_.limit).key("vector").begin_array();
    for (const float number : request_.vector) put(Value::real(static_cast<double>(number)));
    out_.end_array();
    if (!request_.conditions.empty()) {
      out_.key("filter").begin_object();
      DBOPS_TRY(filter());
      out_.end_object();
    }
    out_.end_object().end_object().end_object();
    return {};
  }

  // Members of a query: one condition each, so that two on a field don't meet.
  Result<void> filter() {
    using Test = SearchCondition::Test;
    constexpr std::array<std::string_view, 7> kTests = {"$eq", "$ne",  "$lt", "$lte",
                                                        "$gt", "$gte", "$in"};
    if (request_.conditions.empty()) return {};
    out_.key("$and").begin_array();
    for (const SearchCondition& condition : request_.conditions) {
      if (condition.field.empty() || condition.field[0] == '$')
        return fail(Code::invalid_argument,
                    "the filter names no field: " + escape_control(shorten(condition.field, 60)));
      out_.begin_object().key(condition.field).begin_object();
      out_.key(kTests.at(static_cast<size_t>(condition.test)));
      if (condition.test == Test::one_of) out_.begin_array();
      for (const Parameter& each : condition.values.items) put(each.value);
      if (condition.test == Test::one_of) out_.end_array();
      out_.end_object().end_object();
    }
    out_.end_array();
    return {};
  }

  // Vectors, and what a server adds to documents that are searched by them.
  void leave_out() {
    if (indexes_.vectors.empty()) return;
    out_.begin_object().key("$unset").begin_array();
    for (const auto& each : indexes_.vectors) out_.string("document." + each.field);
    out_.string("document.__cosmos_meta__");
    out_.end_array().end_object();
  }

  const SearchIndexes& indexes_;
  const SearchRequest& request_;
  Parameters parameters_;
  std::string text_;
  JsonWriter out_;
};

}  // namespace

void SearchIndexes::add(const bson_t& index) {
  bson_iter_t key;
  bson_t fields;
  if (!find_field(index, "key", key) || !view_document(key, fields)) return;
  bson_iter_t field;
  if (!bson_iter_init(&field, &fields)) return;
  while (bson_iter_next(&field)) {
    if (text_of(field) == "text") text = true;
    if (text_of(field) == "cosmosSearch")
      vectors.push_back({std::string(key_of(field)),
                         integer_at(index, "cosmosSearchOptions.dimensions").value_or(0)});
  }
}

Result<Bson> search_command(const std::string& database, const std::string& collection,
                            const SearchIndexes& indexes, const SearchRequest& request,
                            std::vector<std::string>& warnings) {
  std::string fields;
  for (const auto& each : indexes.vectors)
    fields += (fields.empty() ? "" : ", ") + escape_control(each.field);
  if (!fields.empty()) warnings.push_back("left out of the documents: " + fields);
  return Builder(indexes, request).make(database, collection);
}

}  // namespace dbops::mongodb
