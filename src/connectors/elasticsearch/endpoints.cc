#include "connectors/elasticsearch/endpoints.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace dbops::elasticsearch {
namespace {

using std::string_view;

constexpr size_t kShownBytes = 64;  // of a path in a message

struct Endpoint {
  string_view methods;  // Blank between.
  string_view path;     // `*` is an index, a pattern or a list of such; `?` any name.
  Tier tier = Tier::read;
  string_view danger = {};  // With `*` for what stands there.
};

// Searches and lookups. Missing on purpose: what begins an asynchronous one (it stores an answer),
// _search/scroll by DELETE (it can end others' scrolls), _scripts/painless/_execute, _security (it
// shows who has which rights), and every path of a plugin that is not named.
constexpr auto kReads = std::to_array<Endpoint>({
    {"GET HEAD", "/"},
    {"GET POST", "/_search"},
    {"GET POST", "/*/_search"},
    {"GET POST", "/_search/scroll"},
    {"GET POST", "/_search/scroll/?"},
    {"GET POST", "/_search/template"},
    {"GET POST", "/*/_search/template"},
    {"GET POST", "/_render/template"},
    {"GET POST", "/_render/template/?"},
    {"GET POST", "/_msearch"},
    {"GET POST", "/*/_msearch"},
    {"GET POST", "/_msearch/template"},
    {"GET POST", "/*/_msearch/template"},
    {"GET POST", "/_count"},
    {"GET POST", "/*/_count"},
    {"GET POST", "/_validate/query"},
    {"GET POST", "/*/_validate/query"},
    {"GET POST", "/*/_explain/?"},
    {"GET POST", "/_field_caps"},
    {"GET POST", "/*/_field_caps"},
    {"GET POST", "/*/_terms_enum"},
    {"GET POST", "/_mget"},
    {"GET POST", "/*/_mget"},
    {"GET POST", "/*/_termvectors"},
    {"GET POST", "/*/_termvectors/?"},
    {"GET POST", "/_mtermvectors"},
    {"GET POST", "/*/_mtermvectors"},
    {"GET POST", "/_rank_eval"},
    {"GET POST", "/*/_rank_eval"},
    {"GET POST", "/_analyze"},
    {"GET POST", "/*/_analyze"},
    {"GET POST", "/*/_knn_search"},
    {"GET POST", "/_search_shards"},
    {"GET POST", "/*/_search_shards"},
    {"GET POST", "/*/_eql/search"},
    {"GET POST", "/*/_graph/explore"},
    {"POST", "/_query"},
    {"GET POST", "/_sql"},
    {"GET POST", "/_sql/translate"},
    {"POST", "/_sql/close"},
    {"POST", "/_plugins/_sql"},
    {"POST", "/_plugins/_sql/_explain"},
    {"POST", "/_plugins/_sql/close"},
    {"POST", "/_plugins/_ppl"},
    {"POST", "/_plugins/_ppl/_explain"},
    {"POST", "/*/_pit"},
    {"DELETE", "/_pit"},
    {"POST", "/*/_search/point_in_time"},
    {"DELETE", "/_search/point_in_time"},
    {"GET HEAD", "/*/_doc/?"},
    {"GET HEAD", "/*/_source/?"},
    {"GET HEAD", "/*"},
    {"GET", "/_mapping"},
    {"GET", "/*/_mapping"},
    {"GET", "/*/_mapping/field/?"},
    {"GET", "/_settings"},
    {"GET", "/*/_settings"},
    {"GET", "/*/_settings/?"},
    {"GET HEAD", "/_alias"},
    {"GET HEAD", "/_alias/?"},
    {"GET HEAD", "/*/_alias"},
    {"GET HEAD", "/*/_alias/?"},
    {"GET", "/_stats"},
    {"GET", "/_stats/?"},
    {"GET", "/*/_stats"},
    {"GET", "/*/_stats/?"},
    {"GET", "/_segments"},
    {"GET", "/*/_segments"},
    {"GET", "/_recovery"},
    {"GET", "/*/_recovery"},
    {"GET", "/*/_shard_stores"},
    {"GET", "/*/_field_usage_stats"},
    {"GET", "/_resolve/index/?"},
    {"GET", "/_resolve/cluster/?"},
    {"GET", "/_data_stream"},
    {"GET", "/_data_stream/?"},
    {"GET", "/_data_stream/?/_stats"},
    {"GET HEAD", "/_index_template"},
    {"GET HEAD", "/_index_template/?"},
    {"GET HEAD", "/_component_template"},
    {"GET HEAD", "/_component_template/?"},
    {"GET HEAD", "/_template"},
    {"GET HEAD", "/_template/?"},
    {"GET", "/_ilm/policy"},
    {"GET", "/_ilm/policy/?"},
    {"GET", "/_ilm/status"},
    {"GET", "/*/_ilm/explain"},
    {"GET", "/_slm/policy"},
    {"GET", "/_slm/policy/?"},
    {"GET", "/_slm/status"},
    {"GET", "/_slm/stats"},
    {"GET", "/_ingest/pipeline"},
    {"GET", "/_ingest/pipeline/?"},
    {"GET POST", "/_ingest/pipeline/_simulate"},
    {"GET POST", "/_ingest/pipeline/?/_simulate"},
    {"GET", "/_ingest/processor/grok"},
    {"GET", "/_enrich/policy"},
    {"GET", "/_enrich/policy/?"},
    {"GET", "/_transform"},
    {"GET", "/_transform/?"},
    {"GET", "/_transform/?/_stats"},
    {"GET", "/_inference"},
    {"GET", "/_inference/?"},
    {"GET", "/_inference/?/?"},
    {"GET", "/_query/async/?"},
    {"GET", "/_async_search/?"},
    {"GET", "/_async_search/status/?"},
    {"GET", "/_plugins/_knn/stats"},
    {"GET", "/_plugins/_ism/policies"},
    {"GET", "/_plugins/_ism/policies/?"},
    {"GET", "/_snapshot"},
    {"GET", "/_snapshot/?"},
    {"GET", "/_snapshot/?/?"},
    {"GET", "/_snapshot/_status"},
    {"GET", "/_snapshot/?/?/_status"},
    {"GET", "/_cat"},
    {"GET", "/_cat/?"},
    {"GET", "/_cat/?/?"},
    {"GET", "/_cluster/health"},
    {"GET", "/_cluster/health/?"},
    {"GET", "/_cluster/stats"},
    {"GET", "/_cluster/settings"},
    {"GET", "/_cluster/pending_tasks"},
    {"GET POST", "/_cluster/allocation/explain"},
    {"GET", "/_health_report"},
    {"GET", "/_health_report/?"},
    {"GET", "/_nodes"},
    {"GET", "/_nodes/?"},
    {"GET", "/_nodes/?/?"},
    {"GET", "/_nodes/?/?/?"},
    {"GET", "/_tasks"},
    {"GET", "/_tasks/?"},
    {"GET", "/_license"},
    {"GET", "/_xpack"},
    {"GET", "/_xpack/usage"},
    {"GET", "/_migration/deprecations"},
    {"GET", "/*/_migration/deprecations"},
    {"GET", "/_security/_authenticate"},
    {"GET POST", "/_security/user/_has_privileges"},
});

// Documents, and what makes room for them.
constexpr auto kWrites = std::to_array<Endpoint>({
    {"POST", "/*/_doc", Tier::write},
    {"POST PUT", "/*/_doc/?", Tier::write},
    {"DELETE", "/*/_doc/?", Tier::write},
    {"POST PUT", "/*/_create/?", Tier::write},
    {"POST", "/*/_update/?", Tier::write},
    {"POST PUT", "/_bulk", Tier::write},
    {"POST PUT", "/*/_bulk", Tier::write},
    {"POST", "/*/_update_by_query", Tier::write,
     "_update_by_query changes every document of * that its query matches"},
    {"POST", "/*/_delete_by_query", Tier::write,
     "_delete_by_query removes every document of * that its query matches"},
    {"POST", "/_reindex", Tier::write},
    {"POST", "/_refresh", Tier::write},
    {"GET POST", "/*/_refresh", Tier::write},
    {"GET POST", "/*/_flush", Tier::write},
    {"PUT", "/*", Tier::write},
    {"PUT", "/_data_stream/?", Tier::write},
    {"PUT", "/*/_mapping", Tier::write},
    {"PUT POST", "/*/_alias/?", Tier::write},
    {"POST", "/_async_search", Tier::write},
    {"POST", "/*/_async_search", Tier::write},
    {"DELETE", "/_async_search/?", Tier::write},
    {"POST", "/_query/async", Tier::write},
    {"DELETE", "/_query/async/?", Tier::write},
    {"POST", "/_query/async/?/stop", Tier::write},
    {"DELETE", "/_search/scroll", Tier::write},
});

// Known to be dangerous; what else is not known needs the same tier, without a word of warning.
constexpr auto kDangers = std::to_array<Endpoint>({
    {"DELETE", "/*", Tier::admin, "DELETE removes the index * with all its documents"},
    {"DELETE", "/_data_stream/?", Tier::admin,
     "DELETE removes the data stream * with all its documents"},
    {"POST", "/*/_close", Tier::admin, "_close takes * out of reach of every search"},
    {"DELETE", "/*/_alias/?", Tier::admin, "DELETE takes names from *"},
    {"POST", "/_aliases", Tier::admin, "_aliases may move names, and remove indices"},
    {"POST", "/_snapshot/?/?/_restore", Tier::admin, "_restore writes what a snapshot holds"},
    {"DELETE", "/_snapshot/?", Tier::admin, "DELETE forgets the snapshot repository *"},
    {"DELETE", "/_snapshot/?/?", Tier::admin, "DELETE removes a snapshot of *"},
    {"DELETE", "/_ingest/pipeline/?", Tier::admin, "DELETE removes the pipeline *"},
    {"PUT", "/_cluster/settings", Tier::admin,
     "_cluster/settings changes how the whole cluster works"},
    {"POST", "/_cluster/reroute", Tier::admin,
     "_cluster/reroute moves shards, and may give up data"},
    {"POST", "/_tasks/_cancel", Tier::admin, "_cancel ends others' work"},
    {"POST", "/_tasks/?/_cancel", Tier::admin, "_cancel ends others' work"},
});

bool has_word(string_view words, string_view word) {
  for (size_t at = 0; at <= words.size();) {
    const size_t end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

// An index, a pattern, or `_all`; no other name with an underscore before it is one.
bool names_index(string_view part) { return part == "_all" || !part.starts_with('_'); }

// Where the pattern has its first `*` or `?`, what stands there goes into `what`.
bool matches(string_view pattern, const std::vector<std::string>& parts, std::string& what) {
  what.clear();
  size_t used = 0;
  for (size_t at = 1; at < pattern.size(); ++used) {
    const size_t end = std::min(pattern.find('/', at), pattern.size());
    const string_view wanted = pattern.substr(at, end - at);
    if (used == parts.size()) return false;
    const std::string& part = parts[used];
    if (wanted == "*" ? !names_index(part) : wanted != "?" && wanted != part) return false;
    if ((wanted == "*" || wanted == "?") && what.empty()) what = part;
    at = end + 1;
  }
  return used == parts.size();
}

template <size_t kSize>
const Endpoint* find(const std::array<Endpoint, kSize>& table, string_view method,
                     const std::vector<std::string>& parts, std::string& what) {
  // A name in full goes before one that only fits: /_cat/indices is no index called _cat.
  const auto found = std::find_if(table.begin(), table.end(), [&](const Endpoint& each) {
    return has_word(each.methods, method) && matches(each.path, parts, what);
  });
  return found == table.end() ? nullptr : &*found;
}

std::string verb_of(string_view method, const std::vector<std::string>& parts) {
  std::string verb(method);
  const auto name = std::find_if(parts.begin(), parts.end(),
                                 [](const std::string& each) { return !names_index(each); });
  if (name != parts.end())
    verb += ' ' + escape_control(shorten(*name, kShownBytes));
  else
    verb += parts.empty() ? " /" : " index";
  return verb;
}

// What goes away with all its documents is named: no pattern, nor everything.
Result<void> check_removal(string_view method, const std::vector<std::string>& parts) {
  const bool index = parts.size() == 1;
  const bool stream = parts.size() == 2 && parts[0] == "_data_stream";
  if (method != "DELETE" || !(index || stream)) return {};
  if (parts.back().find('*') == std::string::npos && parts.back() != "_all") return {};
  return fail(Code::forbidden,
              "refused: what is deleted is named, and " +
                  escape_control(shorten(parts.back(), kShownBytes)) + " is a pattern",
              "list what is there with explore, and name each that is to go");
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> decode_component(string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out.push_back(text[at]);
      continue;
    }
    if (at + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[at + 1]);
    const int low = hex_digit(text[at + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    at += 2;
  }
  return out;
}

Result<std::vector<std::string>> split_target(string_view path) {
  const auto bad = [&] {
    return fail(Code::invalid_argument,
                "the path " + escape_control(shorten(path, kShownBytes)) + " is no plain path",
                "write each part once, without . and .., other characters percent-encoded");
  };
  path = path.substr(0, path.find('?'));
  std::vector<std::string> parts;
  if (path == "/") return parts;
  if (!path.starts_with('/')) return bad();
  for (size_t at = 1; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    auto part = decode_component(path.substr(at, end - at));
    if (!part || part->empty() || *part == "." || *part == "..") return bad();
    parts.push_back(*std::move(part));
    at = end + 1;
  }
  return parts;
}

Result<Class> classify(string_view method, string_view path) {
  DBOPS_ASSIGN(const auto parts, split_target(path));
  DBOPS_TRY(check_removal(method, parts));
  std::string what;
  Class result{.verb = verb_of(method, parts)};
  if (find(kReads, method, parts, what) != nullptr) {
    result.tier = Tier::read;
    return result;
  }
  const Endpoint* known = find(kWrites, method, parts, what);
  if (known != nullptr) {
    result.tier = Tier::write;
    result.reason = result.verb + " changes what is stored";
  } else {
    known = find(kDangers, method, parts, what);
    result.reason = result.verb + " is not known to only read, or change documents";
  }
  if (known != nullptr && !known->danger.empty()) {
    result.danger = known->danger;
    if (const size_t star = result.danger.find('*'); star != std::string::npos)
      result.danger.replace(star, 1, escape_control(shorten(what, kShownBytes)));
  }
  return result;
}

bool is_method(string_view word) {
  return has_word("GET HEAD POST PUT DELETE", word) && !word.empty();
}

std::string encode_segment(string_view name) {
  constexpr string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       string_view("-_.*,").find(c) != string_view::npos;
    if (plain)
      out.push_back(c);
    else
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
  }
  return out.empty() ? "%20" : out;
}

std::string query_value(string_view path, string_view name) {
  const size_t mark = path.find('?');
  if (mark == string_view::npos) return {};
  for (size_t at = mark + 1; at <= path.size();) {
    const size_t end = std::min(path.find('&', at), path.size());
    const string_view pair = path.substr(at, end - at);
    const size_t equals = std::min(pair.find('='), pair.size());
    if (decode_component(pair.substr(0, equals)) == name)
      return decode_component(pair.substr(std::min(equals + 1, pair.size()))).value_or("");
    at = end + 1;
  }
  return {};
}

}  // namespace dbops::elasticsearch
