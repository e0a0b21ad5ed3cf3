#include "connectors/elasticsearch/documents.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"
#include "base/text.h"
#include "base/value_text.h"

namespace dbops::elasticsearch {
namespace {

using std::string_view;

constexpr string_view kId = "_id";

// A text on one line. White space between tokens alone can have line breaks: those within strings
// are escaped.
void append_line(string_view json, std::string& out) {
  const size_t begin = out.size();
  out += json;
  std::replace(out.begin() + static_cast<ptrdiff_t>(begin), out.end(), '\n', ' ');
}

// "2026-11-24 17:07:06.5+00" as "2026-11-24T17:07:06.5+00:00".
std::string iso_time(string_view text, bool zoned) {
  std::string iso(text);
  if (const size_t space = iso.find(' '); space != std::string::npos) iso[space] = 'T';
  const size_t sign = iso.find_last_of("+-");
  if (zoned && sign != std::string::npos && sign + 3 == iso.size()) iso += ":00";
  return iso;
}

bool names_item(const Value& cell) {
  return cell.kind() != Kind::null && cell.kind() != Kind::json && cell.kind() != Kind::list &&
         cell.kind() != Kind::map;
}

tl::unexpected<Error> no_name(string_view member) {
  return fail(Code::data, escape_control(shorten(member, kIdBytesMax)) +
                              ": nothing that can name a document stands there");
}

}  // namespace

void append_json(const Value& cell, std::string& out) {
  JsonWriter writer(out);
  switch (cell.kind()) {
    case Kind::null:
    case Kind::boolean:
    case Kind::real:
      writer.value(cell);
      return;
    case Kind::integer:
      writer.integer(cell.as_integer());
      return;
    case Kind::decimal: {
      const string_view text = cell.as_text();
      const bool number = !text.empty() && text.back() >= '0' && text.back() <= '9';
      number ? writer.raw(text) : writer.string(text);
      return;
    }
    case Kind::bytes:
      writer.string(base64(cell.as_text()));
      return;
    case Kind::timestamp:
    case Kind::timestamp_tz:
      writer.string(iso_time(cell.as_text(), cell.kind() == Kind::timestamp_tz));
      return;
    case Kind::json:
      append_line(cell.as_text(), out);
      return;
    case Kind::list:
    case Kind::map:
      break;
    default:
      writer.string(cell.as_text());
      return;
  }
  const auto items = cell.as_items();
  const bool map = cell.kind() == Kind::map;
  out += map ? '{' : '[';
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += map && i % 2 == 1 ? ':' : ',';
    if (map && i % 2 == 0) {
      std::string name;
      append_text(name, items[i]);
      JsonWriter(out).string(name);
    } else {
      append_json(items[i], out);
    }
  }
  out += map ? '}' : ']';
}

BulkLines::BulkLines(const LoadTarget& target)
    : target_(target), action_(target.replace ? "index" : "create") {
  const bool id_is_key = std::find(target.key.begin(), target.key.end(), kId) != target.key.end();
  if (target.documents) return;
  for (const std::string& name : target.key) {
    const auto found = std::find_if(target.columns.begin(), target.columns.end(),
                                    [&](const Column& each) { return each.name == name; });
    key_columns_.push_back(static_cast<size_t>(found - target.columns.begin()));
  }
  for (const Column& column : target.columns) {
    std::string& name = names_.emplace_back();
    if (id_is_key && column.name == kId) continue;
    JsonWriter(name).string(column.name);
    name += ':';
  }
}

Result<void> BulkLines::append(std::span<const Value> cells, std::string& out) {
  return target_.documents ? append_document(cells[0].as_text(), out) : append_row(cells, out);
}

Result<void> BulkLines::begin(const std::string& id, std::string& out) const {
  if (!target_.key.empty() && id.empty())
    return fail(Code::data, "an empty text names no document");
  if (id.size() > kIdBytesMax)
    return fail(Code::data, "the name of the document has " +
                                format_count(static_cast<int64_t>(id.size())) +
                                " bytes, more than " + std::to_string(kIdBytesMax));
  out.append("{\"").append(action_).append("\":{");
  if (!target_.key.empty()) {
    out += "\"_id\":";
    JsonWriter(out).string(id);
  }
  out += "}}\n";
  return {};
}

Result<std::string> BulkLines::id_of_row(std::span<const Value> cells) const {
  std::string id;
  for (const size_t column : key_columns_) {
    if (!names_item(cells[column])) return no_name(target_.columns[column].name);
    if (column != key_columns_.front()) id += ':';
    append_text(id, cells[column]);
  }
  return id;
}

Result<void> BulkLines::append_row(std::span<const Value> cells, std::string& out) const {
  DBOPS_ASSIGN(const std::string id, id_of_row(cells));
  DBOPS_TRY(begin(id, out));
  char before = '{';
  for (size_t i = 0; i < cells.size(); ++i) {
    if (names_[i].empty()) continue;
    out.append(1, std::exchange(before, ',')).append(names_[i]);
    append_json(cells[i], out);
  }
  out += before == '{' ? "{}\n" : "}\n";
  return {};
}

Result<void> BulkLines::append_document(string_view document, std::string& out) {
  if (target_.key.empty()) {
    DBOPS_TRY(begin({}, out));
    append_line(document, out);
    out += '\n';
    return {};
  }
  arena_.reset();
  DBOPS_ASSIGN(const auto* const members, members_.read(document, arena_));
  std::string id;
  for (const std::string& name : target_.key) {
    const auto found = std::find_if(members->begin(), members->end(),
                                    [&](const JsonMember& each) { return each.key == name; });
    if (found == members->end()) return no_name(name);
    DBOPS_ASSIGN(const Value cell, json_cell(found->value, arena_));
    if (!names_item(cell)) return no_name(name);
    if (&name != target_.key.data()) id += ':';
    append_text(id, cell);
  }
  DBOPS_TRY(begin(id, out));
  const bool id_is_key =
      std::find(target_.key.begin(), target_.key.end(), kId) != target_.key.end();
  char before = '{';
  for (const JsonMember& member : *members) {
    if (id_is_key && member.key == kId) continue;
    out += std::exchange(before, ',');
    JsonWriter(out).string(member.key);
    out += ':';
    append_line(member.value, out);
  }
  out += before == '{' ? "{}\n" : "}\n";
  return {};
}

}  // namespace dbops::elasticsearch
