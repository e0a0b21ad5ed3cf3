#include "core/searcher.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace dbops {
namespace {

namespace json = boost::json;
using Test = SearchCondition::Test;

constexpr std::array<std::pair<std::string_view, Test>, 7> kTests = {{{"eq", Test::equal},
                                                                      {"ne", Test::unequal},
                                                                      {"lt", Test::less},
                                                                      {"lte", Test::at_most},
                                                                      {"gt", Test::greater},
                                                                      {"gte", Test::at_least},
                                                                      {"in", Test::one_of}}};

std::string shown(std::string_view text) {
  constexpr size_t kShownBytes = 60;
  return '"' + escape_control(shorten(text, kShownBytes)) + '"';
}

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

tl::unexpected<Error> mistaken(std::string_view field, std::string_view what) {
  return fail(Code::invalid_argument,
              "the filter on " + shown(field) + " is not one: " + std::string(what),
              R"(write {"field": value}, or {"field": {"gte": 1, "lt": 9}} with eq, ne, lt, lte, )"
              R"(gt, gte, or in with an array)");
}

Result<void> add_value(std::string_view field, const json::value& given, Parameters& values) {
  std::string text;
  switch (given.kind()) {
    case json::kind::null:
      values.add({}, Value());
      return {};
    case json::kind::bool_:
      values.add({}, Value::boolean(given.get_bool()));
      return {};
    case json::kind::int64:
      values.add({}, Value::integer(given.get_int64()));
      return {};
    case json::kind::uint64:
      text = std::to_string(given.get_uint64());
      values.add({}, Value::view(Kind::decimal, text));
      return {};
    case json::kind::double_:
      values.add({}, Value::real(given.get_double()));
      return {};
    case json::kind::string:
      values.add({}, Value::text(view(given.get_string())));
      return {};
    case json::kind::array:
    case json::kind::object:
      break;
  }
  return mistaken(field, "it compares with an array or object");
}

Result<SearchCondition> read_one(std::string_view field, Test test, const json::value& given) {
  SearchCondition condition{.field = std::string(field), .test = test, .values = {}};
  if (test != Test::one_of) {
    const bool ordered = test != Test::equal && test != Test::unequal;
    if (ordered && given.is_null()) return mistaken(field, "nothing is less or greater than null");
    DBOPS_TRY(add_value(field, given, condition.values));
    return condition;
  }
  if (!given.is_array()) return mistaken(field, "in takes an array");
  if (given.get_array().size() > kSearchConditionsMax)
    return fail(Code::too_large, "the filter on " + shown(field) + " has more than " +
                                     format_count(kSearchConditionsMax) + " values");
  for (const json::value& each : given.get_array()) {
    if (each.is_null()) return mistaken(field, "null stands in an array of in");
    DBOPS_TRY(add_value(field, each, condition.values));
  }
  return condition;
}

}  // namespace

std::vector<SearchWord> search_words(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::vector<SearchWord> words;
  for (size_t at = 0; at < text.size();) {
    if (kSpace.find(text[at]) != std::string_view::npos) {
      ++at;
      continue;
    }
    SearchWord word;
    if (text[at] == '-' && at + 1 < text.size()) {
      word.wanted = false;
      ++at;
    }
    word.phrase = text[at] == '"';
    if (word.phrase) ++at;
    const size_t end = std::min(
        word.phrase ? text.find('"', at) : text.find_first_of(" \t\r\n\"", at), text.size());
    word.text = text.substr(at, end - at);
    at = end + (word.phrase ? 1 : 0);
    if (!word.text.empty()) words.push_back(std::move(word));
  }
  return words;
}

Result<std::vector<SearchWord>> wanted_words(std::string_view text) {
  std::vector<SearchWord> words = search_words(text);
  if (std::any_of(words.begin(), words.end(), [](const SearchWord& each) { return each.wanted; }))
    return words;
  return fail(Code::invalid_argument, "the text has no word that must be there",
              "give one without a - before it");
}

Schema search_schema() {
  return {{"id", "", Kind::null}, {"score", "", Kind::real}, {"document", "", Kind::json}};
}

Result<std::vector<SearchCondition>> read_conditions(const json::object& filter) {
  std::vector<SearchCondition> conditions;
  const auto add = [&](std::string_view field, Test test,
                       const json::value& given) -> Result<void> {
    if (conditions.size() == kSearchConditionsMax)
      return fail(Code::too_large,
                  "the filter has more than " + format_count(kSearchConditionsMax) + " conditions");
    DBOPS_ASSIGN(SearchCondition condition, read_one(field, test, given));
    conditions.push_back(std::move(condition));
    return {};
  };
  for (const auto& member : filter) {
    const std::string_view field(member.key().data(), member.key().size());
    if (!member.value().is_object()) {
      DBOPS_TRY(add(field, Test::equal, member.value()));
      continue;
    }
    if (member.value().get_object().empty()) return mistaken(field, "it is empty");
    for (const auto& test : member.value().get_object()) {
      const std::string_view name(test.key().data(), test.key().size());
      const auto* const known = std::find_if(kTests.begin(), kTests.end(),
                                             [&](const auto& each) { return each.first == name; });
      if (known == kTests.end()) return mistaken(field, "there is no test " + shown(name));
      DBOPS_TRY(add(field, known->second, test.value()));
    }
  }
  return conditions;
}

}  // namespace dbops
