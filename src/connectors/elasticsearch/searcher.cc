#include "connectors/elasticsearch/searcher.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "base/value_text.h"
#include "connectors/elasticsearch/paths.h"
#include "connectors/elasticsearch/rows.h"
#include "connectors/elasticsearch/search_query.h"

namespace dbops::elasticsearch {
namespace {

// The hits of an answer, in the columns of every engine.
class Hits final : public Stream {
 public:
  Hits(std::unique_ptr<Stream> rows, std::vector<std::string> warnings, bool several)
      : rows_(std::move(rows)), warnings_(std::move(warnings)), several_(several) {}

  const Schema& schema() const override { return schema_; }
  const Summary& summary() const override { return summary_; }

  Result<bool> next(const Context& context, Batch& batch) override {
    batch.reset(schema_.size());
    DBOPS_ASSIGN(const bool more, rows_->next(context, raw_));
    for (size_t row = 0; row < raw_.rows(); ++row) add(raw_.row(row), batch);
    summary_ = rows_->summary();
    summary_.warnings.insert(summary_.warnings.end(), warnings_.begin(), warnings_.end());
    return more;
  }

 private:
  void add(std::span<const Value> cells, Batch& batch) {
    std::string index, score;
    Value* const hit = batch.add_row();
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string& name = rows_->schema()[i].name;
      if (name == "_id") hit[0] = deep_copy(cells[i], batch.arena());
      if (name == "_source") hit[2] = deep_copy(cells[i], batch.arena());
      if (name == "_index") append_text(index, cells[i]);
      if (name == "_score") append_text(score, cells[i]);
    }
    hit[1] = Value::real(JsonView::trust(score.empty() ? "0" : score).real().value_or(0));
    if (!several_) return;
    std::string id;
    JsonWriter out(id);
    out.begin_object().member("_index", index).key("_id").value(hit[0]).end_object();
    hit[0] = batch.copy(Kind::json, id);
  }

  const std::unique_ptr<Stream> rows_;
  const std::vector<std::string> warnings_;
  const bool several_;  // indices
  const Schema schema_ = search_schema();
  Summary summary_;
  Batch raw_;
};

// Takes the others out; one that is asked for by its name is refused.
Result<void> leave_unmasked(const SearchRequest& request, const std::set<std::string>& unmasked,
                            std::vector<Field>& fields) {
  std::vector<std::string> named = request.fields;
  for (const SearchCondition& condition : request.conditions) named.push_back(condition.field);
  for (const Field& field : fields)
    if (!unmasked.contains(field.name) &&
        std::find(named.begin(), named.end(), field.name) != named.end())
      return refused("the field \"" + escape_control(field.name) +
                     "\" is masked, or not known to be free of what is");
  std::erase_if(fields, [&](const Field& field) { return !unmasked.contains(field.name); });
  return {};
}

}  // namespace

Result<std::unique_ptr<Stream>> ElasticSearcher::search(const Context& context,
                                                        const SearchRequest& request) {
  if (request.path.size() != 1)
    return fail(Code::invalid_argument, "a search goes through an index, an alias or a pattern",
                "put a name with dots in it in double quotes");
  DBOPS_TRY(fence_.check_names(context, link_, {request.path[0]}));
  const std::string path = '/' + encode_segment(request.path[0]) + "/_mapping";
  const auto mapping = ask_json(context, link_, Tier::read, {"GET", path});
  if (!mapping && mapping.error().code == Code::not_found)
    return catalog_.missing(context, request.path);
  if (!mapping) return fail(mapping.error());
  const size_t indices = mapping->json().members().size();
  if (indices == 0) return catalog_.missing(context, request.path);
  std::vector<Field> fields = fields_of(mapping->json());
  DBOPS_ASSIGN(const auto unmasked, fence_.unmasked_fields(context, link_, {request.path[0]}));
  if (unmasked) DBOPS_TRY(leave_unmasked(request, *unmasked, fields));
  DBOPS_ASSIGN(SearchQuery made, search_query(fields, request, server_.opensearch(),
                                              unmasked ? Shown::fields : Shown::documents));
  // What was built is held to the rules as what is written is.
  DBOPS_TRY(
      fence_.check(context, link_, made.request.method, made.request.path, made.request.body));
  DBOPS_ASSIGN(auto rows,
               run_request(context, link_, Tier::read, std::move(made.request), "SEARCH"));
  return std::make_unique<Hits>(std::move(rows), std::move(made.warnings), indices > 1);
}

}  // namespace dbops::elasticsearch
