#include "ops/search.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "base/json.h"
#include "base/text.h"
#include "core/dialect.h"
#include "ops/call.h"
#include "ops/delivery.h"

namespace dbops::ops {
namespace {

Result<SearchRequest> make_request(Call& call, const SearchOptions& options) {
  SearchRequest request;
  DBOPS_ASSIGN(request.path, parse_path(options.in));
  if (request.path.empty()) return fail(Code::invalid_argument, "\"in\" names nothing");
  if (options.text.empty() && options.vector.empty())
    return fail(Code::invalid_argument, "there is nothing to search for",
                "give a text, or a vector");
  if (options.text.size() > kSearchTextBytesMax || options.vector.size() > kSearchDimensionsMax)
    return fail(Code::too_large, "what is searched for is too large",
                "a text has at most " + format_bytes(kSearchTextBytesMax) + ", a vector " +
                    format_count(kSearchDimensionsMax) + " numbers");
  if (!std::all_of(options.vector.begin(), options.vector.end(),
                   [](float number) { return std::isfinite(number); }))
    return fail(Code::invalid_argument, "a vector is made of finite numbers");
  const auto filter = parse_json(options.filter);
  if (!filter || !filter->is_object())
    return fail(
        Code::invalid_argument,
        "the filter must be one JSON object" + (filter ? "" : ", and is " + filter.error().message),
        R"(write {"field": value}, or {"field": {"gte": 1, "lt": 9}})");
  DBOPS_ASSIGN(request.conditions, read_conditions(filter->get_object()));
  request.text = options.text;
  request.vector = options.vector;
  request.fields = options.fields;
  request.limit = call.connection().options().access.capped(
      std::clamp<uint64_t>(options.limit, 1, kSearchHitsMax));
  return request;
}

Result<void> run(Call& call, const SearchOptions& options, Sink& sink) {
  DBOPS_TRY(call.use_connection(options.connection));
  call.limit_time(options.timeout);
  DBOPS_ASSIGN(const SearchRequest request, make_request(call, options));
  DBOPS_TRY(call.admit(Tier::read));
  DBOPS_ASSIGN(const auto lease, call.acquire());
  Searcher* const searcher = lease->searcher();
  if (searcher == nullptr) {
    Error none = no_capability(call.connection(), "search");
    none.hint = "read with query, in its own language; explore shows what is there";
    return fail(std::move(none));
  }
  DBOPS_ASSIGN(const auto stream, searcher->search(call.context(), request));
  Rows rows(*stream);
  DBOPS_ASSIGN(const Delivery delivery,
               deliver(call.context(), rows, request.limit, Beyond::keep, true, sink));
  call.entry().rows = delivery.rows;
  return sink.end({.rows = delivery.rows,
                   .truncated = delivery.truncated,
                   .cut_by = delivery.cut_by,
                   .cursor = {},
                   .elapsed_ms = call.stopwatch().elapsed_ms(),
                   .summary = rows.summary()});
}

}  // namespace

Result<void> search(Workspace& workspace, const Context& context, const SearchOptions& options,
                    Sink& sink) {
  return recorded(workspace, context, "search",
                  [&](Call& call) { return run(call, options, sink); });
}

}  // namespace dbops::ops
