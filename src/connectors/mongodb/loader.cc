#include "connectors/mongodb/loader.h"

#include <algorithm>

#include "base/text.h"
#include "connectors/mongodb/ask.h"
#include "connectors/mongodb/errors.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/row_bson.h"
#include "core/dialect.h"

namespace dbops::mongodb {
namespace {

constexpr const char* kId = "_id";
constexpr const char* kDuplicate = "11000";

void append_text_field(bson_t& to, const char* key, const std::string& text) {
  bson_append_utf8(&to, key, -1, text.c_str(), static_cast<int>(text.size()));
}

// {"q": {"_id": ...}, "u": the document, "upsert": true}. False where it has no _id.
bool append_update(bson_t& updates, const std::string& index, const bson_t& document) {
  bson_iter_t id;
  if (!bson_iter_init_find(&id, &document, kId)) return false;
  bson_t update;
  bson_t query;
  bson_append_document_begin(&updates, index.c_str(), -1, &update);
  bson_append_document_begin(&update, "q", -1, &query);
  bson_append_iter(&query, kId, -1, &id);
  bson_append_document_end(&update, &query);
  bson_append_document(&update, "u", -1, &document);
  bson_append_bool(&update, "upsert", -1, true);
  return bson_append_document_end(&updates, &update);
}

class MongoLoad final : public Load {
 public:
  MongoLoad(MongoQueries& queries, const LoadTarget& target, std::string database,
            std::string collection)
      : queries_(queries),
        target_(target),
        database_(std::move(database)),
        collection_(std::move(collection)) {}

  Result<LoadOutcome> write(const Context& context, const Batch& batch,
                            size_t refusals_max) override {
    ordered_ = refusals_max == 0;
    outcome_ = {};
    wrote_ = false;
    for (size_t row = 0; row < batch.rows();) {
      Part part;
      for (; row < batch.rows() && part.bytes < kBulkBytes && !stopped(); ++row) {
        auto document = document_of(batch.row(row));
        if (document)
          part.add(row, *std::move(document));
        else
          outcome_.refused.push_back({row, std::move(document).error()});
      }
      if (auto sent = send(context, part); !sent) {
        if (wrote_) sent.error().effect = Effect::unknown;
        return fail(std::move(sent).error());
      }
      if (stopped()) break;
    }
    std::sort(outcome_.refused.begin(), outcome_.refused.end(),
              [](const auto& a, const auto& b) { return a.item < b.item; });
    // What is behind it was not tried.
    if (stopped()) outcome_.refused.erase(outcome_.refused.begin() + 1, outcome_.refused.end());
    outcome_.settled = stopped() ? outcome_.refused[0].item : batch.rows();
    return std::move(outcome_);
  }

 private:
  struct Part {
    std::vector<size_t> rows;
    std::vector<Bson> documents;
    size_t bytes = 0;
    void add(size_t row, Bson document) {
      rows.push_back(row);
      bytes += document.get()->len;
      documents.push_back(std::move(document));
    }
  };

  bool stopped() const { return ordered_ && !outcome_.refused.empty(); }

  Result<Bson> document_of(std::span<const Value> cells) const {
    auto document = target_.documents ? parse_document(cells[0].as_text())
                                      : to_document(target_.columns, cells);
    // What is wrong is wrong with the item.
    if (!document && document.error().code == Code::syntax) document.error().code = Code::data;
    if (document && target_.replace && !bson_has_field(document->get(), kId))
      return fail(Code::data, "without _id it can't be told what it replaces");
    return document;
  }

  Result<void> send(const Context& context, const Part& part) {
    if (part.rows.empty()) return {};
    Bson command;
    bson_t& text = *command.get();
    append_text_field(text, target_.replace ? "update" : "insert", collection_);
    bson_append_bool(&text, "ordered", -1, ordered_);
    bson_t items;
    bson_append_array_begin(&text, target_.replace ? "updates" : "documents", -1, &items);
    bool fits = true;
    for (size_t i = 0; i < part.documents.size() && fits; ++i) {
      const bson_t& document = *part.documents[i];
      const std::string index = std::to_string(i);
      fits = target_.replace ? append_update(items, index, document)
                             : bson_append_document(&items, index.c_str(), -1, &document);
    }
    bson_append_array_end(&text, &items);
    append_text_field(text, "$db", database_);
    if (!fits) return fail(Code::too_large, "the documents are too large for BSON");
    DBOPS_ASSIGN(const Bson reply, queries_.send(context, std::move(command), Tier::write));
    return note(*reply, part);
  }

  Result<void> note(const bson_t& reply, const Part& part) {
    std::vector<ItemError> errors = item_errors(reply);
    if (errors.size() < part.rows.size()) wrote_ = true;
    for (ItemError& each : errors) {
      if (each.index >= part.rows.size())
        return fail({.code = Code::protocol,
                     .message = "the server's answer is not that of a write in bulk",
                     .effect = Effect::unknown});
      outcome_.refused.push_back({part.rows[each.index], refusal(std::move(each.error))});
    }
    if (!errors.empty()) return {};
    // All is written; whether it is safe is not known.
    if (auto concern = write_error(reply)) {
      concern->effect = Effect::unknown;
      return fail(*std::move(concern));
    }
    return {};
  }

  static Error refusal(Error error) {
    if (!error.native_code.starts_with(kDuplicate) ||
        error.message.find("_id_") == std::string::npos)
      return error;
    error.code = Code::already_exists;
    error.hint = "a load with `replace` overwrites it";
    return error;
  }

  MongoQueries& queries_;
  const LoadTarget& target_;
  const std::string database_;
  const std::string collection_;
  bool ordered_ = true;
  bool wrote_ = false;  // Something of the batch.
  LoadOutcome outcome_;
};

Result<void> check(const LoadTarget& target) {
  if (target.path.empty() || target.path.size() > 2)
    return fail(Code::invalid_argument, "the path must name a collection",
                "write it as collection or database.collection");
  if (!target.key.empty() && target.key != std::vector<std::string>{kId})
    return fail(Code::invalid_argument, "documents are told apart by _id alone",
                "name the member _id, and give no other key");
  if (target.documents) return {};
  DBOPS_TRY(check_columns(target.columns, true));
  const bool has_id = std::any_of(target.columns.begin(), target.columns.end(),
                                  [](const Column& each) { return each.name == kId; });
  if (has_id || (target.key.empty() && !target.replace)) return {};
  return fail(Code::not_found, "there is no column _id", "name one so with columns");
}

}  // namespace

Result<MongoLoader::Place> MongoLoader::find(const Context& context, const LoadTarget& target) {
  DBOPS_TRY(check(target));
  Place place{.database = target.path.size() == 2 ? target.path[0] : queries_.database(),
              .collection = target.path.back()};
  DBOPS_ASSIGN(const std::vector<Item> all, catalog_.collections(context, place.database));
  std::vector<std::string> names;
  for (const Item& item : all) {
    names.push_back(item.path.back());
    if (names.back() != place.collection) continue;
    if (item.kind == "view")
      return fail(Code::unsupported, escape_control(format_path(target.path)) +
                                         " is a view: documents go into collections alone");
    place.exists = true;
  }
  if (place.exists || target.create) return place;
  const auto near = nearest(place.collection, names);
  return fail(Code::not_found, "there is no collection " + escape_control(format_path(target.path)),
              near ? "did you mean " + escape_control(format_path({*near})) + "?"
                   : "list what is there with explore; or let the load make it with `create`");
}

Result<LoadPlan> MongoLoader::plan(const Context& context, const LoadTarget& target) {
  DBOPS_ASSIGN(const Place place, find(context, target));
  LoadPlan plan{.exists = place.exists};
  if (!place.exists)
    plan.creates =
        "{\"create\": " + quoted(place.collection) + ", \"$db\": " + quoted(place.database) + "}";
  if (!target.documents)
    for (const Column& column : target.columns) {
      plan.fields.push_back({column.name, std::string(bson_type(column.kind))});
      if (column.kind == Kind::date || column.kind == Kind::timestamp || column.kind == Kind::time)
        plan.warnings.push_back("column " + escape_control(column.name) +
                                ": without a zone it is no instant, and stays text");
    }
  if (target.replace) plan.warnings.emplace_back("documents that have the same _id are replaced");
  return plan;
}

Result<std::unique_ptr<Load>> MongoLoader::start(const Context& context, const LoadTarget& target) {
  DBOPS_ASSIGN(Place place, find(context, target));
  if (queries_.tier() == Tier::read)
    return fail(Code::forbidden, "the connection only reads",
                "the connection needs the tier write");
  if (!place.exists) {
    DBOPS_ASSIGN(Bson create, parse_document("{\"create\": " + quoted(place.collection) +
                                             ", \"$db\": " + quoted(place.database) + "}"));
    DBOPS_TRY(queries_.send(context, std::move(create), Tier::write));
  }
  return std::make_unique<MongoLoad>(queries_, target, std::move(place.database),
                                     std::move(place.collection));
}

}  // namespace dbops::mongodb
