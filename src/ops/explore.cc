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
constexpr size_t kMarkBytes = 5;                // of an item's digest
constexpr size_t kMarksMax = 4;                 // items that a cursor knows: some may be gone

// What the catalogue is asked, and where in its answer the page begins: behind the last of `marks`
// that still stands, which was at `search.offset` - 1.
struct Look {
  std::vector<std::string> path;
  Catalog::Search search;
  std::vector<std::string> marks;
  Detail detail;
};

// What tells an item from others in its listing; of functions several may have one name.
std::string mark_of(const Item& item) {
  std::string text;
  JsonWriter out(text);
  out.begin_array().string(item.kind).string(format_path(item.path));
  if (item.signature.starts_with('(')) out.string(item.signature);
  out.end_array();
  return hex(sha256(text)).substr(0, 2 * kMarkBytes);
}

// A cursor is the offset, a digest of what it belongs to, and the marks: nothing is kept here for
// it.
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

std::string make_cursor(const ExploreRequest& request, const Look& look) {
  std::string cursor = std::to_string(look.search.offset) + "." + digest_of(request) + ".";
  for (const std::string& mark : look.marks) cursor += mark;
  return cursor;
}

Result<void> read_cursor(const ExploreRequest& request, Look& look) {
  if (request.cursor.empty()) return {};
  const char* const end = request.cursor.data() + request.cursor.size();
  const auto [dot, error] = std::from_chars(request.cursor.data(), end, look.search.offset);
  const std::string head = "." + digest_of(request) + ".";
  std::string_view marks(dot, end);
  if (error != std::errc() || look.search.offset > kOffsetMax || !marks.starts_with(head) ||
      marks.size() - head.size() > kMarksMax * 2 * kMarkBytes)
    return fail(Code::invalid_argument, "the cursor does not belong to this request",
                "give it with the connection, path and pattern it came from, or leave it out");
  marks.remove_prefix(head.size());
  for (; !marks.empty(); marks.remove_prefix(std::min(marks.size(), 2 * kMarkBytes)))
    look.marks.emplace_back(marks.substr(0, 2 * kMarkBytes));
  if (look.search.offset == 0) look.marks.clear();
  return {};
}

Result<Look> read_request(const ExploreRequest& request) {
  Look look{.path = {}, .search = {}, .marks = {}, .detail = request.detail};
  DBOPS_ASSIGN(look.path, parse_path(request.path));
  DBOPS_TRY(read_cursor(request, look));
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

// Names came or went: looks for the last of the marks that still stands, and goes on behind it.
Result<void> find_place(Catalog& catalog, const Context& context,
                        const std::vector<std::string>& path, Look& look) {
  Catalog::Search all = look.search;
  all.limit = kExploreItemsMax;
  size_t found = 0;  // So many of the marks.
  bool more = true;
  for (all.offset = 0; more && found < look.marks.size(); all.offset += all.limit) {
    DBOPS_ASSIGN(const auto listing, catalog.list(context, path, all));
    more = listing.truncated && all.offset < kOffsetMax;
    for (size_t i = 0; i < listing.items.size(); ++i) {
      const auto mark = std::find(look.marks.begin(), look.marks.end(), mark_of(listing.items[i]));
      if (mark == look.marks.end()) continue;
      const auto at = static_cast<size_t>(mark - look.marks.begin()) + 1;
      if (at < found) continue;
      found = at;
      look.search.offset = all.offset + i + 1;
    }
  }
  if (found == 0)
    return fail(Code::expired, "what the page before ended with is gone, and with it the place",
                "begin again without the cursor");
  look.marks.resize(found);
  return {};
}

Result<Catalog::Listing> list_on(Catalog& catalog, const Context& context,
                                 const std::vector<std::string>& path, Look& look) {
  if (look.marks.empty()) return catalog.list(context, path, look.search);
  for (;;) {
    Catalog::Search search = look.search;
    --search.offset;
    ++search.limit;
    DBOPS_ASSIGN(auto listing, catalog.list(context, path, search));
    if (!listing.items.empty() && mark_of(listing.items.front()) == look.marks.back()) {
      listing.items.erase(listing.items.begin());
      return listing;
    }
    DBOPS_TRY(find_place(catalog, context, path, look));
  }
}

// Where the page behind this one begins. What the caller may not see is no mark, for a mark tells
// who guesses a name that they are right; a page without any other is passed over by the offset.
void go_behind(const Exploration& page, const Access* access, Look& look) {
  size_t end = 0;
  for (size_t i = 0; i < page.items.size(); ++i) {
    if (access != nullptr && !shows(*access, page.items[i])) continue;
    look.marks.push_back(mark_of(page.items[i]));
    end = i + 1;
  }
  if (end == 0 && !page.items.empty()) {
    end = page.items.size();
    look.marks.clear();
  }
  look.search.offset += end;
  if (look.marks.size() > kMarksMax)
    look.marks.erase(look.marks.begin(), look.marks.end() - kMarksMax);
}

Result<Exploration> look_at(Catalog& catalog, const Context& context, Look& look) {
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
  DBOPS_ASSIGN(auto listing, list_on(catalog, context, page.path, look));
  page.items = std::move(listing.items);
  page.truncated = listing.truncated;
  DBOPS_TRY(describe_items(catalog, context, page));
  return page;
}

Result<Exploration> explore(Call& call, const ExploreRequest& request) {
  DBOPS_TRY(call.use_connection(request.connection));
  call.limit_time(std::nullopt);
  DBOPS_ASSIGN(Look look, read_request(request));
  DBOPS_TRY(call.admit(Tier::read));
  DBOPS_ASSIGN(const auto lease, call.acquire());
  Catalog* const catalog = lease->catalog();
  if (catalog == nullptr) return fail(no_capability(call.connection(), "catalogue to explore"));
  DBOPS_ASSIGN(auto page, look_at(*catalog, call.context(), look));
  const Access* const access = call.connection().connector().catalog_holds_rules()
                                   ? nullptr
                                   : &call.connection().options().access;
  if (page.truncated) {
    go_behind(page, access, look);
    page.cursor = make_cursor(request, look);
  }
  if (access != nullptr) DBOPS_TRY(show_allowed(*access, page));
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
