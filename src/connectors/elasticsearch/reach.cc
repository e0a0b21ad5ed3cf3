#include "connectors/elasticsearch/reach.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "base/json.h"
#include "base/text.h"
#include "connectors/elasticsearch/paths.h"
#include "connectors/elasticsearch/search_body.h"

namespace dbops::elasticsearch {
namespace {

namespace json = boost::json;
using std::string_view;
using Parts = std::vector<std::string>;

constexpr size_t kShownBytes = 64;  // of a name in a message

template <size_t kSize>
bool has(const std::array<string_view, kSize>& words, string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string shown(string_view text) {
  return '"' + escape_control(shorten(text, kShownBytes)) + '"';
}

// Parameters that choose among the hits, or how they are written. Missing on purpose: `source`, a
// second body, and what names indices or pipelines.
constexpr auto kParameters = std::to_array<string_view>({"pretty",
                                                         "human",
                                                         "error_trace",
                                                         "timeout",
                                                         "filter_path",
                                                         "ignore_unavailable",
                                                         "allow_no_indices",
                                                         "routing",
                                                         "preference",
                                                         "request_cache",
                                                         "size",
                                                         "from",
                                                         "track_total_hits",
                                                         "terminate_after",
                                                         "search_type",
                                                         "rest_total_hits_as_int",
                                                         "realtime",
                                                         "version",
                                                         "seq_no_primary_term",
                                                         "scroll",
                                                         "_source",
                                                         "_source_includes",
                                                         "_source_excludes",
                                                         "q",
                                                         "df",
                                                         "default_operator",
                                                         "analyzer",
                                                         "lenient",
                                                         "sort",
                                                         "format",
                                                         "drop_null_columns",
                                                         "fields",
                                                         "explain",
                                                         "rewrite"});

Result<void> read_parameters(string_view path, Reach& reach) {
  const size_t begin = path.find('?');
  if (begin == string_view::npos) return {};
  const string_view query = path.substr(begin + 1);
  // The server parts them at ';' too.
  if (query.find_first_of(";#?") != string_view::npos)
    return refused("the path's parameters can be read in two ways", "part them by & alone");
  for (size_t at = 0; at <= query.size();) {
    const size_t end = std::min(query.find('&', at), query.size());
    const string_view pair = query.substr(at, end - at);
    at = end + 1;
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    const auto key = decode_component(pair.substr(0, equals));
    const auto value = decode_component(pair.substr(std::min(equals + 1, pair.size())));
    if (!key || !value) return refused("a parameter of the path has a broken escape");
    if (!has(kParameters, *key))
      return refused("what the parameter " + shown(*key) + " reaches can't be told");
    reach.parameters.emplace_back(*key, *value);
  }
  return {};
}

Result<json::value> parse_object(string_view text) {
  if (text.find_first_not_of(" \t\r\n") == string_view::npos) return json::value(json::object());
  auto parsed = parse_json(text);
  if (!parsed) return refused("the body is not plain JSON: " + parsed.error().message);
  if (!parsed->is_object()) return refused("the body is no object");
  return parsed;
}

Result<void> add_names(const json::value& value, Reach& reach) {
  const auto add = [&](const json::value& one) -> Result<void> {
    if (!one.is_string()) return refused("an index is named by something that is no text");
    DBOPS_ASSIGN(const auto names, split_names(std::string(one.get_string())));
    reach.names.insert(reach.names.end(), names.begin(), names.end());
    return {};
  };
  if (!value.is_array()) return add(value);
  for (const json::value& one : value.get_array()) DBOPS_TRY(add(one));
  return {};
}

Result<void> read_search(string_view text, Reach& reach) {
  DBOPS_ASSIGN(const json::value body, parse_object(text));
  DBOPS_TRY(check_search(body.get_object()));
  reach.form = Reach::Form::search;
  reach.searches.push_back(json::serialize(body));
  return {};
}

// A header and a search, each a line, as the server parts them.
Result<void> read_searches(string_view text, bool has_index, Reach& reach) {
  constexpr auto kHeader =
      std::to_array<string_view>({"index", "ignore_unavailable", "allow_no_indices", "routing",
                                  "preference", "request_cache", "search_type"});
  bool header = true;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!header) {
      DBOPS_TRY(read_search(line, reach));
      header = true;
      continue;
    }
    if (line.empty() && text.empty()) break;
    DBOPS_ASSIGN(const json::value parsed, parse_object(line));
    const json::object& members = parsed.get_object();
    for (const auto& member : members)
      if (!has(kHeader, member.key()))
        return refused("what " + shown(member.key()) + " in a header reaches can't be told");
    if (const json::value* index = members.if_contains("index"))
      DBOPS_TRY(add_names(*index, reach));
    else if (!has_index)
      return refused("a search names no index");
    header = false;
  }
  if (!header || reach.searches.empty()) return refused("a header has no search behind it");
  return {};
}

Result<void> read_documents(string_view text, bool has_index, Reach& reach) {
  constexpr auto kDocument = std::to_array<string_view>({"_index", "_id", "_source", "routing"});
  DBOPS_ASSIGN(const json::value body, parse_object(text));
  for (const auto& member : body.get_object()) {
    if (member.key() == "ids" && has_index) continue;
    if (member.key() != "docs" || !member.value().is_array())
      return refused("what " + shown(member.key()) + " reaches can't be told");
    for (const json::value& document : member.value().get_array()) {
      if (!document.is_object())
        return refused("a document is named by something that is no object");
      for (const auto& each : document.get_object())
        if (!has(kDocument, each.key()))
          return refused("what " + shown(each.key()) + " reaches can't be told");
      if (const json::value* index = document.get_object().if_contains("_index"))
        DBOPS_TRY(add_names(*index, reach));
      else if (!has_index)
        return refused("a document is named without its index");
    }
  }
  return {};
}

Result<void> read_esql(string_view text, Reach& reach) {
  constexpr auto kMembers = std::to_array<string_view>({"query", "params", "columnar", "locale"});
  DBOPS_ASSIGN(const json::value body, parse_object(text));
  for (const auto& member : body.get_object())
    if (!has(kMembers, member.key()))
      return refused("what " + shown(member.key()) + " reaches can't be told");
  const json::value* query = body.get_object().if_contains("query");
  if (query == nullptr || !query->is_string()) return refused("there is no query");
  DBOPS_ASSIGN(reach.names, esql_sources(std::string(query->get_string())));
  reach.form = Reach::Form::esql;
  return {};
}

// By what stands behind the index, which has been taken off.
Result<void> read_form(string_view method, const Parts& parts, bool has_index, string_view body,
                       Reach& reach) {
  const bool reads = method == "GET" || method == "POST";
  const bool looks = method == "GET" || method == "HEAD";
  const bool empty = body.find_first_not_of(" \t\r\n") == string_view::npos;
  reach.counts = parts == Parts{"_count"} || parts == Parts{"_validate", "query"};
  if (reads && (parts == Parts{"_search"} || reach.counts) && has_index)
    return read_search(body, reach);
  if (reads && parts == Parts{"_msearch"}) return read_searches(body, has_index, reach);
  if (reads && parts == Parts{"_mget"}) return read_documents(body, has_index, reach);
  if (method == "POST" && parts == Parts{"_query"} && !has_index) return read_esql(body, reach);
  if (looks && has_index && empty && parts.size() == 2 &&
      (parts[0] == "_doc" || parts[0] == "_source")) {
    reach.form = Reach::Form::document;
    return {};
  }
  if (looks && has_index && empty && (parts == Parts{"_mapping"} || parts == Parts{"_field_caps"}))
    return {};
  if (method == "HEAD" && has_index && empty && parts.empty()) return {};
  return refused(
      "what this request reaches can't be told",
      "under rules of indices these can be used, each with its index: _search, _msearch, "
      "_count, _doc, _source, _mget, _mapping, _field_caps, and ES|QL that begins with "
      "FROM");
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_name(char c) { return is_letter(c) || c == '.' || c == '*' || c == '-'; }

// Takes an ES|QL query apart as far as what it reads from goes.
class Sources {
 public:
  explicit Sources(string_view text) : text_(text) {}

  Result<std::vector<std::string>> read() {
    if (lower(word()) != "from") return refused("only queries that begin with FROM can be told");
    std::vector<std::string> names;
    do {
      DBOPS_ASSIGN(const std::string name, source());
      DBOPS_ASSIGN(const auto split, split_names(name));
      names.insert(names.end(), split.begin(), split.end());
    } while (take(','));
    if (!at_end() && text_[at_] != '|') {
      if (lower(word()) != "metadata") return refused("what FROM reads can't be told");
      do {
        if (word().empty()) return refused("what METADATA names can't be told");
      } while (take(','));
    }
    while (take('|')) DBOPS_TRY(command());
    if (!at_end()) return refused("the query goes on in a way that can't be told");
    return names;
  }

 private:
  bool at_end() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    return at_ == text_.size();
  }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  string_view word() {
    at_end();
    const size_t begin = at_;
    while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  Result<std::string> source() {
    at_end();
    const bool quoted = text_.substr(at_, 1) == "\"";
    if (quoted) ++at_;
    const size_t begin = at_;
    while (at_ < text_.size() && (is_name(text_[at_]) || (quoted && text_[at_] == ','))) ++at_;
    const string_view name = text_.substr(begin, at_ - begin);
    if (quoted && (at_ == text_.size() || text_[at_++] != '"'))
      return refused("the name of an index can't be told");
    return std::string(name);
  }

  // A command to its end: the next `|` outside of strings and quoted names. Comments are refused:
  // where they end would have to be known exactly.
  Result<void> command() {
    constexpr auto kCommands =
        std::to_array<string_view>({"where", "eval", "stats", "sort", "limit", "keep", "drop",
                                    "rename", "dissect", "grok", "mv_expand"});
    constexpr auto kReaders =
        std::to_array<string_view>({"from", "join", "lookup", "enrich", "fork", "row", "ts",
                                    "metrics", "inlinestats", "show", "explain", "promql"});
    const std::string name = lower(word());
    if (!has(kCommands, name))
      return refused("what the command " + shown(name) + " reads can't be told");
    while (!at_end() && text_[at_] != '|') {
      if (is_letter(text_[at_])) {
        const std::string one = lower(word());
        if (has(kReaders, one))
          return refused("the word " + shown(one) + " may read from elsewhere",
                         "a field of that name stands in `backticks`");
        continue;
      }
      DBOPS_TRY(symbol());
    }
    return {};
  }

  Result<void> symbol() {
    const string_view rest = text_.substr(at_);
    if (rest.starts_with("//") || rest.starts_with("/*")) return refused("comments are refused");
    if (rest[0] == ';') return refused("there is more than one query");
    if (rest[0] == '`') return past(rest.find('`', 1), 1);
    if (rest.starts_with("\"\"\"")) {
      const size_t end = rest.find("\"\"\"", 3);
      // Quotes right before the last three are the text's: where it ends is not looked into.
      if (end != string_view::npos && rest.substr(end + 3, 1) == "\"")
        return refused("where a string ends can't be told");
      return past(end, 3);
    }
    if (rest[0] != '"') {
      ++at_;
      return {};
    }
    size_t end = 1;
    while (end < rest.size() && rest[end] != '"' && rest[end] != '\n' && rest[end] != '\r')
      end += rest[end] == '\\' ? 2 : 1;
    return past(end < rest.size() && rest[end] == '"' ? end : string_view::npos, 1);
  }
  Result<void> past(size_t end, size_t size) {
    if (end == string_view::npos) return refused("a string does not end");
    at_ += end + size;
    return {};
  }

  const string_view text_;
  size_t at_ = 0;
};

}  // namespace

tl::unexpected<Error> refused(std::string why, std::string hint) {
  return fail(Code::forbidden, "refused by the policy of this connection: " + std::move(why),
              std::move(hint));
}

Result<std::vector<std::string>> split_names(string_view list) {
  std::vector<std::string> names;
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    const string_view name = list.substr(at, end - at);
    at = end + 1;
    const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), is_name);
    if (!plain || name[0] == '_' || name[0] == '-')
      return refused("which indices " + shown(name) + " stands for can't be told",
                     "name them, or a pattern of letters, digits and . _ - *");
    if (name[0] == '.') return refused("indices of the server's own can't be reached");
    names.emplace_back(name);
  }
  return names;
}

Result<std::vector<std::string>> esql_sources(string_view query) { return Sources(query).read(); }

Result<Reach> reach_of(string_view method, string_view path, string_view body) {
  DBOPS_ASSIGN(Parts parts, split_target(path));
  Reach reach;
  DBOPS_TRY(read_parameters(path, reach));
  const bool has_index = !parts.empty() && !parts[0].starts_with('_');
  if (has_index) {
    DBOPS_ASSIGN(reach.names, split_names(parts[0]));
    parts.erase(parts.begin());
  }
  DBOPS_TRY(read_form(method, parts, has_index, body, reach));
  std::sort(reach.names.begin(), reach.names.end());
  reach.names.erase(std::unique(reach.names.begin(), reach.names.end()), reach.names.end());
  if (reach.names.empty()) return refused("it names no index");
  if (reach.names.size() > kReachNamesMax)
    return refused("it names more than " + std::to_string(kReachNamesMax) + " indices");
  return reach;
}

}  // namespace dbops::elasticsearch
