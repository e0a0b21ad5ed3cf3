#include "connectors/postgres/searcher.h"

#include "base/text.h"
#include "connectors/postgres/dialect.h"
#include "connectors/postgres/search_sql.h"

namespace dbops::postgres {
namespace {

// pgvector since 0.8 goes on through an index until enough rows pass the filter.
constexpr int64_t kVectorIterates = 8;

}  // namespace

// A text of stop words alone finds nothing, one that only excludes would find nearly all.
Result<void> PostgresSearcher::check_words(const Context& context, const std::string& configuration,
                                           const std::string& text) {
  DBOPS_ASSIGN(const Rows rows,
               core_.link().ask(context, {.sql = "SELECT pg_catalog.querytree("
                                                 "pg_catalog.websearch_to_tsquery($2::regconfig, "
                                                 "$1))",
                                          .parameters = {text, configuration}}));
  core_.link().take_notices();
  if (rows.size() == 1 && rows.text(0, 0) != "T" && !rows.text(0, 0).empty()) return {};
  return fail(Code::invalid_argument, "the text has no word that must be there",
              "the configuration " + escape_control(configuration) +
                  " leaves out words that stand everywhere; give others");
}

Result<std::unique_ptr<Stream>> PostgresSearcher::search(const Context& context,
                                                         const SearchRequest& request) {
  DBOPS_ASSIGN(const Searchable relation, look_at(context, core_, request.path));
  DBOPS_ASSIGN(SearchSql made, search_sql(relation, request));
  if (!request.text.empty()) DBOPS_TRY(check_words(context, made.configuration, request.text));
  const bool hnsw = made.index != nullptr && made.index->method == "hnsw";
  const bool iterates = hnsw && relation.vector_version >= kVectorIterates && core_.guarded();
  if (made.index != nullptr && !iterates)
    made.statement.warnings.push_back("the index " + escape_control(made.index->name) +
                                      " is approximate: with a filter or a high limit it may find "
                                      "fewer than there are");
  if (iterates) DBOPS_TRY(core_.link().command(context, "SET hnsw.iterative_scan = strict_order"));
  auto rows = run_search(context, queries_, dialect(), std::move(made.statement));
  if (iterates) core_.soil();
  return rows;
}

}  // namespace dbops::postgres
