#include "connectors/elasticsearch/endpoints.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connectors/elasticsearch/paths.h"
#include "connectors/elasticsearch/removals.h"
#include "core/meant.h"

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
    {"POST", "/_reindex", Tier::write,
     "_reindex writes over documents of its target that have the same id"},
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

// What shapes the cluster without losing what is stored.
constexpr auto kShapes = std::to_array<Endpoint>({
    {"POST", "/*/_open", Tier::admin},
    {"POST", "/*/_rollover", Tier::admin},
    {"POST", "/*/_rollover/?", Tier::admin},
    {"POST", "/*/_forcemerge", Tier::admin},
    {"POST", "/*/_cache/clear", Tier::admin},
    {"PUT POST", "/*/_clone/?", Tier::admin},
    {"PUT POST", "/*/_shrink/?", Tier::admin},
    {"PUT POST", "/*/_split/?", Tier::admin},
    {"PUT", "/*/_settings", Tier::admin},
    {"PUT POST", "/_index_template/?", Tier::admin},
    {"PUT POST", "/_component_template/?", Tier::admin},
    {"PUT POST", "/_template/?", Tier::admin},
    {"POST", "/_index_template/_simulate/?", Tier::admin},
    {"PUT", "/_ingest/pipeline/?", Tier::admin},
    {"PUT POST", "/_scripts/?", Tier::admin},
    {"PUT", "/_enrich/policy/?", Tier::admin},
    {"PUT POST", "/_enrich/policy/?/_execute", Tier::admin},
    {"PUT POST", "/_snapshot/?", Tier::admin},
    {"PUT POST", "/_snapshot/?/?", Tier::admin},
    {"POST", "/_snapshot/?/_verify", Tier::admin},
    {"POST", "/_slm/policy/?/_execute", Tier::admin},
});

// Known to be dangerous, with the words for it.
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
    {"PUT", "/_ilm/policy/?", Tier::admin, "the lifecycle * may remove indices by their age"},
    {"PUT", "/_data_stream/?/_lifecycle", Tier::admin,
     "the lifecycle of * may remove documents by their age"},
    {"POST", "/_snapshot/?/_cleanup", Tier::admin, "_cleanup removes files of the repository *"},
    {"POST", "/_slm/_execute_retention", Tier::admin, "_execute_retention removes old snapshots"},
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

// What of the paths is no name.
std::vector<string_view> known_words() {
  std::vector<string_view> words;
  const auto add = [&](const auto& table) {
    for (const Endpoint& each : table)
      for (size_t at = each.path.find("/_"); at != string_view::npos;
           at = each.path.find("/_", at + 1))
        words.push_back(each.path.substr(at + 1, each.path.find('/', at + 1) - at - 1));
  };
  add(kReads);
  add(kWrites);
  add(kDangers);
  add(kShapes);
  return words;
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

}  // namespace

Result<Class> classify(string_view method, string_view path) {
  DBOPS_ASSIGN(const auto parts, split_target(path));
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
    if (method == "DELETE") DBOPS_TRY(check_named(parts));
    known = find(kDangers, method, parts, what);
    if (known == nullptr) known = find(kShapes, method, parts, what);
    result.reason = result.verb + " is not known to only read, or change documents" +
                    or_meant(result.verb.substr(method.size() + 1), known_words());
  }
  if (known != nullptr)
    result.danger = known->danger;
  else if (method != "GET" && method != "HEAD")
    result.danger = "what " + result.verb + " changes or removes is not known to dbops";
  if (const size_t star = result.danger.find('*'); known != nullptr && star != std::string::npos)
    result.danger.replace(star, 1, escape_control(shorten(what, kShownBytes)));
  return result;
}

bool is_method(string_view word) {
  return has_word("GET HEAD POST PUT DELETE", word) && !word.empty();
}

}  // namespace dbops::elasticsearch
