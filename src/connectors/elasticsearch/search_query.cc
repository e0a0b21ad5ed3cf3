#include "connectors/elasticsearch/search_query.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "base/value_text.h"
#include "connectors/elasticsearch/paths.h"
#include "connectors/elasticsearch/search_builder.h"
#include "core/loader.h"

namespace dbops::elasticsearch {
namespace {

bool is_vector(const Field& field) {
  return field.type == "dense_vector" || field.type == "knn_vector";
}
// Taken apart into words.
bool is_text(const Field& field) {
  return field.type == "text" || field.type == "match_only_text" ||
         field.type == "search_as_you_type";
}
bool is_keyword(const Field& field) {
  return field.type == "keyword" || field.type == "wildcard" || field.type == "constant_keyword";
}

class Builder {
 public:
  Builder(const std::vector<Field>& fields, const SearchRequest& request, bool opensearch,
          Shown shown)
      : fields_(fields),
        request_(request),
        opensearch_(opensearch),
        shown_(shown),
        filters_(filter_text_) {}

  Result<SearchQuery> make() {
    filters_.begin_array();
    DBOPS_TRY(take_fields());
    if (!request_.text.empty()) DBOPS_TRY(write_words());
    if (!request_.vector.empty()) DBOPS_TRY(write_vector());
    for (const SearchCondition& condition : request_.conditions) DBOPS_TRY(filter(condition));
    filters_.end_array();
    parts_.filters = filter_text_;
    parts_.size = static_cast<int64_t>(request_.limit);
    if (!parts_.text.empty() && !parts_.vector.empty())
      made_.warnings.emplace_back(
          "text and vector are each enough to be found; the score is the sum of both");
    made_.request = {.method = "POST", .path = '/' + encode_segment(request_.path[0]) + "/_search"};
    JsonWriter out(made_.request.body);
    out.begin_object();
    write_query(parts_, opensearch_, out);
    out.member("size", parts_.size).member("track_total_hits", false);
    if (shown_ == Shown::fields)
      show_fields(out);
    else
      leave_vectors_out(out);
    out.end_object();
    return std::move(made_);
  }

 private:
  Result<const Field*> find(const std::string& name) const {
    std::vector<std::string> names;
    for (const Field& field : fields_) {
      if (field.name == name) return &field;
      names.push_back(field.name);
    }
    return fail(no_such_column(name, names));
  }

  // Those of vectors are for the vector, all others for the words.
  Result<void> take_fields() {
    for (const std::string& name : request_.fields) {
      DBOPS_ASSIGN(const Field* const field, find(name));
      if (is_vector(*field))
        vectors_.push_back(field);
      else
        words_.push_back(field);
    }
    if (words_.empty())
      for (const auto fits : {is_text, is_keyword}) {
        for (const Field& field : fields_)
          if (fits(field)) words_.push_back(&field);
        if (!words_.empty()) break;
      }
    if (vectors_.empty())
      for (const Field& field : fields_)
        if (is_vector(field)) vectors_.push_back(&field);
    return {};
  }

  void match(const SearchWord& word, JsonWriter& out) const {
    out.begin_object().key("multi_match").begin_object().member("query", word.text);
    out.member("type", word.phrase ? "phrase" : "best_fields").key("fields").begin_array();
    for (const Field* field : words_) out.string(field->name);
    out.end_array().member("lenient", true);
    if (!word.phrase) out.member("operator", "and");
    // A word that no field keeps, for it stands everywhere, can't be asked for.
    if (word.wanted) out.member("zero_terms_query", "all");
    out.end_object().end_object();
  }

  Result<void> write_words() {
    if (words_.empty())
      return fail(Code::unsupported,
                  escape_control(request_.path[0]) + " has no field of text to search in",
                  "name fields, or search by vector");
    DBOPS_ASSIGN(const std::vector<SearchWord> words, wanted_words(request_.text));
    JsonWriter out(parts_.text);
    out.begin_object().key("bool").begin_object().key("must").begin_array();
    for (const SearchWord& word : words) {
      if (word.wanted) {
        match(word, out);
        continue;
      }
      filters_.begin_object().key("bool").begin_object().key("must_not");
      match(word, filters_);
      filters_.end_object().end_object();
    }
    out.end_array().end_object().end_object();
    return {};
  }

  Result<void> write_vector() {
    const auto given = static_cast<int64_t>(request_.vector.size());
    if (vectors_.empty())
      return fail(Code::unsupported, escape_control(request_.path[0]) + " has no field of vectors",
                  opensearch_ ? "map one as knn_vector, or search by text"
                              : "map one as dense_vector, or search by text");
    const auto fits = [&](const Field* field) { return field->dimensions == given; };
    const auto found = std::find_if(vectors_.begin(), vectors_.end(), fits);
    const Field& field = found == vectors_.end() ? *vectors_.front() : **found;
    if (field.dimensions > 0 && field.dimensions != given)
      return fail(Code::invalid_argument, "the vector has " + std::to_string(given) +
                                              " numbers, and " + escape_control(field.name) +
                                              " has vectors of " +
                                              std::to_string(field.dimensions));
    parts_.vector_field = field.name;
    JsonWriter out(parts_.vector);
    out.begin_array();
    for (const float number : request_.vector) out.real(static_cast<double>(number));
    out.end_array();
    return {};
  }

  static void write_value(const Value& value, JsonWriter& out) {
    if (value.kind() != Kind::integer && value.kind() != Kind::decimal) {
      out.value(value);
      return;
    }
    std::string digits;
    append_text(digits, value);
    out.raw(digits);
  }

  // The field that compares whole values where this one knows words.
  Result<std::pair<std::string, bool>> exact(const std::string& name) {
    if (name == "_id") return std::pair(name, true);
    DBOPS_ASSIGN(const Field* const field, find(name));
    if (!is_text(*field)) return std::pair(name, true);
    for (const Field& each : fields_)
      if (is_keyword(each) && each.name.starts_with(name + '.') &&
          each.name.find('.', name.size() + 1) == std::string::npos)
        return std::pair(each.name, true);
    made_.warnings.push_back(escape_control(name) +
                             " keeps words alone: the filter compares its words in their order");
    return std::pair(name, false);
  }

  Result<void> filter(const SearchCondition& condition) {
    using Test = SearchCondition::Test;
    const auto& values = condition.values.items;
    const bool null = values.size() == 1 && values[0].value.kind() == Kind::null;
    DBOPS_ASSIGN(const auto field, exact(condition.field));
    const bool negated = (condition.test == Test::unequal) != null;
    filters_.begin_object();
    if (negated) filters_.key("bool").begin_object().key("must_not").begin_object();
    if (null)
      filters_.key("exists").begin_object().member("field", condition.field).end_object();
    else if (condition.test == Test::one_of)
      one_of(field, values);
    else if (condition.test == Test::equal || condition.test == Test::unequal)
      equals(field, values[0].value);
    else
      range(field.first, condition.test, values[0].value);
    if (negated) filters_.end_object().end_object();
    filters_.end_object();
    return {};
  }

  void equals(const std::pair<std::string, bool>& field, const Value& value) {
    filters_.key(field.second ? "term" : "match_phrase").begin_object().key(field.first);
    write_value(value, filters_);
    filters_.end_object();
  }

  void one_of(const std::pair<std::string, bool>& field, const std::vector<Parameter>& values) {
    if (field.second) {
      filters_.key("terms").begin_object().key(field.first).begin_array();
      for (const Parameter& each : values) write_value(each.value, filters_);
      filters_.end_array().end_object();
      return;
    }
    filters_.key("bool").begin_object().member("minimum_should_match", 1);
    filters_.key("should").begin_array();
    for (const Parameter& each : values) {
      filters_.begin_object();
      equals(field, each.value);
      filters_.end_object();
    }
    filters_.end_array().end_object();
  }

  void range(const std::string& field, SearchCondition::Test test, const Value& value) {
    constexpr std::array<std::string_view, 4> kNames = {"lt", "lte", "gt", "gte"};
    const auto first = static_cast<size_t>(SearchCondition::Test::less);
    filters_.key("range").begin_object().key(field).begin_object();
    filters_.key(kNames.at(static_cast<size_t>(test) - first));
    write_value(value, filters_);
    filters_.end_object().end_object();
  }

  // By their names, so that the server hands out nothing else.
  void show_fields(JsonWriter& out) {
    made_.warnings.emplace_back("a mask holds here: documents have only the fields that it leaves");
    const bool any = std::any_of(fields_.begin(), fields_.end(),
                                 [](const Field& field) { return !is_vector(field); });
    if (!any) {
      out.member("_source", false);
      return;
    }
    out.key("_source").begin_array();
    for (const Field& field : fields_)
      if (!is_vector(field)) out.string(field.name);
    out.end_array();
  }

  void leave_vectors_out(JsonWriter& out) {
    std::string names;
    for (const Field& field : fields_) {
      if (!is_vector(field)) continue;
      if (names.empty()) out.key("_source").begin_object().key("excludes").begin_array();
      out.string(field.name);
      names += (names.empty() ? "" : ", ") + escape_control(field.name);
    }
    if (names.empty()) return;
    out.end_array().end_object();
    made_.warnings.push_back("left out of the documents: " + names);
  }

  const std::vector<Field>& fields_;
  const SearchRequest& request_;
  const bool opensearch_;
  const Shown shown_;
  std::vector<const Field*> words_, vectors_;
  std::string filter_text_;
  JsonWriter filters_;
  SearchParts parts_;
  SearchQuery made_;
};

}  // namespace

Result<SearchQuery> search_query(const std::vector<Field>& fields, const SearchRequest& request,
                                 bool opensearch, Shown shown) {
  return Builder(fields, request, opensearch, shown).make();
}

}  // namespace dbops::elasticsearch
