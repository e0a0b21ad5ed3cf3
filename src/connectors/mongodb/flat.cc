#include "connectors/mongodb/flat.h"

#include "base/json.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/rows.h"

namespace dbops::mongodb {
namespace {

constexpr std::string_view kOthers = "others";

// Whether its fields become columns themselves.
bool taken_apart(const bson_iter_t& field, size_t depth, bson_t& inner) {
  return BSON_ITER_HOLDS_DOCUMENT(&field) && depth < Flat::kDepthMax &&
         view_document(field, inner) && !bson_empty(&inner);
}

std::string join(const std::string& prefix, std::string_view key) {
  return prefix.empty() ? std::string(key) : prefix + "." + std::string(key);
}

}  // namespace

void Flat::look_at(const bson_t& document) { look_within(document, {}, 0); }

void Flat::look_within(const bson_t& document, const std::string& prefix, size_t depth) {
  bson_iter_t field;
  bson_t inner;
  if (!bson_iter_init(&field, &document)) return;
  while (bson_iter_next(&field)) {
    const std::string name = join(prefix, key_of(field));
    if (taken_apart(field, depth, inner)) {
      look_within(inner, name, depth + 1);
      continue;
    }
    if (names_.size() == kColumnsMax && !index_.contains(name)) {
      overflow_ = true;
      continue;
    }
    const auto [known, added] = index_.emplace(name, names_.size());
    if (added) {
      names_.push_back(name);
      fields_.push_back({});
    }
    Field& seen = fields_[known->second];
    const std::string_view type = type_name(field);
    if (seen.seen++ == 0)
      seen.type = type;
    else if (seen.type != type)
      seen.type.clear();
  }
}

Schema Flat::schema(bool complete) {
  has_others_ = overflow_ || !complete;
  Schema schema;
  for (size_t i = 0; i < names_.size(); ++i)
    schema.push_back({.name = names_[i], .type = fields_[i].type, .kind = Kind::null});
  if (has_others_ || schema.empty())
    schema.push_back({.name = std::string(kOthers), .type = "object", .kind = Kind::json});
  return schema;
}

Result<void> Flat::fill(Batch& batch, std::span<Value> row, const bson_t& document,
                        bool canonical) {
  others_.clear();
  DBOPS_TRY(fill_within(batch, row, document, {}, 0, canonical));
  if (!others_.empty()) row.back() = batch.copy(Kind::json, "{" + others_ + "}");
  return {};
}

Result<void> Flat::fill_within(Batch& batch, std::span<Value> row, const bson_t& document,
                               const std::string& prefix, size_t depth, bool canonical) {
  bson_iter_t field;
  bson_t inner;
  if (!bson_iter_init(&field, &document))
    return fail(Code::protocol, "the server answered what is no BSON");
  while (bson_iter_next(&field)) {
    const std::string name = join(prefix, key_of(field));
    if (taken_apart(field, depth, inner)) {
      DBOPS_TRY(fill_within(batch, row, inner, name, depth + 1, canonical));
      continue;
    }
    if (const auto column = index_.find(name); column != index_.end()) {
      DBOPS_ASSIGN(row[column->second], to_cell(batch, field, canonical));
      continue;
    }
    if (!others_.empty()) others_ += ", ";
    JsonWriter(others_).string(name);
    others_ += ": ";
    DBOPS_TRY(append_json(others_, field, canonical ? JsonForm::canonical : JsonForm::relaxed));
  }
  if (field.err_off != 0) return fail(Code::protocol, "the server answered what is no BSON");
  return {};
}

}  // namespace dbops::mongodb
