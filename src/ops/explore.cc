#include "ops/explore.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/bytes.h"
#include "ops/call.h"
#include "ops/explore_access.h"

namespace dbops::ops {
namespace {

constexpr uint64_t kDescribedAtOnce = 100;      // relations in one round trip
constexpr uint64_t kOffsetMax = 1'000'000'000;  // items passed over
constexpr size_t kDigestBytes = 8;              // of a cursor's digest of its request
constexpr size_t kPatternBytesMax = 1024;       // bytes of a search pattern

// What the catalogue is asked, and where in its answer the page begins.
struct Look {
  std::vector<std::string> path;
  Catalog::Search search;
  Detail detail;
};

// A cursor is the offset and a digest of what it belongs to: nothing is kept here for it.
std::string digest_of(const ExploreRequest& request) {
  std::string text;
  JsonWriter(text)
      .begin_array()
      .string(request.connection)
      .string(request.path)
      .string(request.pattern)
      .end_array();
  return hex(sha256(text)).substr(0, 2 * kDigestBytes);
}

std::string make_cursor(const ExploreRequest& request, uint64_t offset) {
  return std::to_string(offset) + "." + digest_of(request);
}

Result<uint64_t> read_cursor(const ExploreRequest& request) {
  if (request.cursor.empty()) return 0;
  uint64_t offset = 0;
  const char* const end = request.cursor.data() + request.cursor.size();
  const auto [dot, error] = std::from_chars(request.cursor.data(), end, offset);
  if (error != std::errc() || offset > kOffsetMax || dot == end || *dot != '.' ||
      std::string_view(dot + 1, end) != digest_of(request))
    return fail(Code::invalid_argument, "the cursor does not belong to this request",
                "give it with the connection, path and pattern it came from, or leave it out");
  return offset;
}

Result<Look> read_request(const ExploreRequest& request) {
  Look look{.path = {}, .search = {}, .detail = request.detail};
  DBOPS_ASSIGN(look.path, parse_path(request.path));
  DBOPS_ASSIGN(look.search.offset, read_cursor(request));
  look.search.limit = request.limit.value_or(kExploreItems);
  if (look.search.limit < 1 || look.search.limit > kExploreItemsMax)
    return fail(Code::invalid_argument, "the limit is " + std::to_string(look.search.limit),
                "it must be from 1 to " + std::to_string(kExploreItemsMax));
  if (request.pattern.size() > kPatternBytesMax)
    return fail(Code::invalid_argument, "the pattern is longer than a name can be",
                "search for a part of a name");
  look.search.pattern = request.pattern;
  return look;
}

bool has_suffix_word(std::string_view kind, std::string_view word) {
  return kind == word || (kind.ends_with(word) && kind[kind.size() - word.size() - 1] == ' ');
}

// A hypertable is a table, too, and a continuous aggregate a view.
bool is_relation(const Item& item) {
  return item.kind.ends_with("table") || has_suffix_word(item.kind, "view") ||
         item.kind == "continuous aggregate";
}

bool is_function(const Item& item) {
  return has_suffix_word(item.kind, "function") || item.kind == "procedure";
}

// A page of the catalogue is read in one go, so it is bounded here: about what it will take as
// JSON.
uint64_t weight(const Description& description) {
  uint64_t bytes = 200 + description.definition.size() + description.item.comment.size();
  for (const ColumnInfo& column : description.columns)
    bytes += 60 + column.name.size() + column.type.size() + column.comment.size();
  bytes += 100 * (description.indexes.size() + description.references.size() +
                  description.referenced_by.size());
  for (const Feature& feature : description.features) bytes += 50 + feature.text.size();
  return bytes;
}

// What is dropped between the listing and the look is left out.
Result<std::vector<Description>> describe(Catalog& catalog, const Context& context,
                                          const std::vector<std::vector<std::string>>& paths) {
  auto all = catalog.describe(context, paths);
  if (all || all.error().code != Code::not_found) return all;
  std::vector<Description> found;
  for (const auto& path : paths) {
    auto one = catalog.describe(context, {path});
    if (one)
      std::move(one->begin(), one->end(), std::back_inserter(found));
    else if (one.error().code != Code::not_found)
      return one;
  }
  return found;
}

// Describes the items that a reader of this detail wants described, until the page is full: what
// does not fit goes to the next page, but for the first.
Result<void> describe_items(Catalog& catalog, const Context& context, Exploration& page) {
  if (page.detail == Detail::names) return {};
  uint64_t bytes = 0;
  const uint64_t bytes_max = context.limits.bytes;
  for (size_t begin = 0; begin < page.items.size(); begin += kDescribedAtOnce) {
    std::vector<std::vector<std::string>> paths;
    const size_t end = std::min<size_t>(begin + kDescribedAtOnce, page.items.size());
    for (size_t i = begin; i < end; ++i) {
      const Item& item = page.items[i];
      if (is_relation(item) || (page.detail == Detail::full && is_function(item)))
        paths.push_back(item.path);
    }
    if (paths.empty()) continue;
    DBOPS_ASSIGN(auto found, describe(catalog, context, paths));
    for (Description& one : found) {
      bytes += weight(one);
      if (bytes_max != 0 && bytes > bytes_max && !page.descriptions.empty()) {
        const auto cut = std::find_if(page.items.begin(), page.items.end(), [&](const Item& item) {
          return item.path == one.item.path && item.kind == one.item.kind;
        });
        if (cut == page.items.end()) continue;
        page.items.erase(cut, page.items.end());
        page.truncated = true;
        return {};
      }
      page.descriptions.push_back(std::move(one));
    }
  }
  return {};
}

// Where a look begins. A database that has one schema is looked at as if that had been asked for:
// one call less for whoever begins at the top.
Result<std::vector<std::string>> begin_at(Catalog& catalog, const Context& context,
                                          const Look& look) {
  if (!look.path.empty() || !look.search.pattern.empty()) return look.path;
  Catalog::Search first;
  first.limit = 2;
  DBOPS_ASSIGN(const auto top, catalog.list(context, {}, first));
  if (top.items.size() == 1 && top.items.front().kind == "schema") return top.items.front().path;
  return look.path;
}

Result<Exploration> look_at(Catalog& catalog, const Context& context, const Look& look) {
  Exploration page;
  DBOPS_ASSIGN(page.path, begin_at(catalog, context, look));
  page.detail = look.detail;
  if (!page.path.empty() && look.search.pattern.empty()) {
    DBOPS_ASSIGN(auto found, catalog.describe(context, {page.path}));
    if (found.empty())
      return fail(Code::internal, "the catalogue described nothing", "report this as a bug");
    page.subject = std::move(found.front());
    // The description of a function, and of what keeps rows, says all there is in it.
    const Item& item = page.subject->item;
    if (is_relation(item) || item.keeps_rows || is_function(item)) return page;
  }
  DBOPS_ASSIGN(auto listing, catalog.list(context, page.path, look.search));
  page.items = std::move(listing.items);
  page.truncated = listing.truncated;
  DBOPS_TRY(describe_items(catalog, context, page));
  return page;
}

Result<Exploration> explore(Call& call, const ExploreRequest& request) {
  DBOPS_TRY(call.use_connection(request.connection));
  call.limit_time(std::nullopt);
  DBOPS_ASSIGN(const Look look, read_request(request));
  DBOPS_TRY(call.admit(Tier::read));
  DBOPS_ASSIGN(const auto lease, call.acquire());
  Catalog* const catalog = lease->catalog();
  if (catalog == nullptr) return fail(no_capability(call.connection(), "catalogue to explore"));
  DBOPS_ASSIGN(auto page, look_at(*catalog, call.context(), look));
  if (page.truncated) page.cursor = make_cursor(request, look.search.offset + page.items.size());
  if (!call.connection().connector().catalog_holds_rules())
    DBOPS_TRY(show_allowed(call.connection().options().access, page));
  page.elapsed_ms = call.stopwatch().elapsed_ms();
  call.entry().rows = page.items.size() + (page.subject ? 1 : 0);
  return page;
}

}  // namespace

Result<Exploration> explore(Workspace& workspace, const Context& context, ExploreRequest request) {
  return recorded(workspace, context, "explore",
                  [&](Call& call) { return explore(call, request); });
}

}  // namespace dbops::ops
