#include "connectors/mongodb/searcher.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "connectors/mongodb/ask.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/rows.h"
#include "connectors/mongodb/search_command.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kIndexesMax = 1000;  // of a collection; the server's bound is 64

// Documents {id, score, document}, as rows.
class Hits final : public Stream {
 public:
  Hits(Link& link, Bson reply, JsonForm form, std::vector<std::string> warnings)
      : cursor_(link, std::move(reply)), form_(form) {
    summary_.command = "SEARCH";
    summary_.warnings = std::move(warnings);
  }

  const Schema& schema() const override { return schema_; }
  const Summary& summary() const override { return summary_; }

  Result<bool> next(const Context& context, Batch& batch) override {
    batch.reset(schema_.size());
    DBOPS_TRY(context.alive());
    for (;;) {
      bson_t document;
      DBOPS_ASSIGN(const bool arrived, cursor_.arrived(document));
      if (arrived) {
        DBOPS_TRY(add(document, batch));
        if (batch.full()) return true;
      } else if (batch.rows() > 0 || !cursor_.open()) {
        return batch.rows() > 0;
      } else {
        DBOPS_TRY(cursor_.fetch(context));
      }
    }
  }

 private:
  Result<void> add(const bson_t& document, Batch& batch) {
    Value* const hit = batch.add_row();
    bson_iter_t field;
    if (find_field(document, "id", field)) {
      DBOPS_ASSIGN(hit[0], to_cell(batch, field, form_ == JsonForm::canonical));
    }
    hit[1] = Value::real(number_at(document, "score").value_or(0));
    if (!find_field(document, "document", field)) return {};
    std::string text;
    DBOPS_TRY(append_json(text, field, form_));
    hit[2] = batch.copy(Kind::json, text);
    return {};
  }

  Cursor cursor_;
  const JsonForm form_;
  const Schema schema_ = search_schema();
  Summary summary_;
};

// What a FerretDB does otherwise than MongoDB. Asked for alone where it matters.
Result<void> note_any_word(const Context& context, Link& link, const SearchRequest& request,
                           std::vector<std::string>& warnings) {
  const auto words = search_words(request.text);
  if (std::count_if(words.begin(), words.end(), [](const auto& word) { return word.wanted; }) < 2)
    return {};
  DBOPS_ASSIGN(const Bson build, ask(context, link, "admin", R"({"buildInfo": 1})"));
  if (!text_at(*build, "ferretdb.version").empty())
    warnings.emplace_back("this server finds what has any of the words, not all of them");
  return {};
}

}  // namespace

Result<std::unique_ptr<Stream>> MongoSearcher::search(const Context& context,
                                                      const SearchRequest& request) {
  if (!request.text.empty() && !request.vector.empty())
    return fail(Code::unsupported, "a collection is searched by text or by vector, not by both",
                "give one of them, and the rest as the filter");
  if (request.path.empty() || request.path.size() > 2)
    return fail(Code::invalid_argument, "a search goes through a collection",
                "write it as collection or database.collection");
  const std::string database = request.path.size() == 2 ? request.path[0] : queries_.database();
  const std::string& collection = request.path.back();
  SearchIndexes indexes;
  const auto asked =
      ask_each(context, queries_.link(), database, R"({"listIndexes": )" + quoted(collection) + "}",
               kIndexesMax, [&](const bson_t& index) { indexes.add(index); });
  if (!asked && asked.error().code == Code::not_found)
    return catalog_.missing(context, {database, collection});
  if (!asked) return fail(asked.error());
  std::vector<std::string> warnings;
  DBOPS_ASSIGN(Bson command, search_command(database, collection, indexes, request, warnings));
  DBOPS_TRY(note_any_word(context, queries_.link(), request, warnings));
  DBOPS_ASSIGN(Bson reply, queries_.send(context, std::move(command), Tier::read));
  if (!Cursor::holds_cursor(*reply))
    return fail(Code::protocol, "the server's reply to a search holds no cursor");
  const JsonForm form = queries_.shape().canonical ? JsonForm::canonical : JsonForm::relaxed;
  return std::make_unique<Hits>(queries_.link(), std::move(reply), form, std::move(warnings));
}

}  // namespace dbops::mongodb
