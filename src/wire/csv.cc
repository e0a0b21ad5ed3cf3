#include "wire/csv.h"

#include "base/value_text.h"

namespace dbops {

CsvWriter::CsvWriter(std::string& out, CsvFormat format) : out_(out), format_(format) {
  for (const char c : {format.delimiter, format.quotes ? '"' : '\\', '\n', '\r'})
    special_[static_cast<unsigned char>(c)] = true;
}

void CsvWriter::header(const Schema& schema) {
  for (size_t i = 0; i < schema.size(); ++i) {
    if (i > 0) out_ += format_.delimiter;
    field(schema[i].name);
  }
  out_ += '\n';
}

void CsvWriter::row(std::span<const Value> cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out_ += format_.delimiter;
    cell(cells[i]);
  }
  out_ += '\n';
}

void CsvWriter::cell(const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      if (!format_.quotes) out_ += "\\N";
      return;
    case Kind::text:
    case Kind::interval:
    case Kind::json:
      return field(value.as_text());
    case Kind::bytes:
      // "\x..." is the one plain text with a backslash in it.
      if (format_.quotes) return append_text(out_, value);
      [[fallthrough]];
    case Kind::list:
    case Kind::map:
      scratch_.clear();
      append_text(scratch_, value);
      return field(scratch_);
    default:
      append_text(out_, value);
  }
}

void CsvWriter::field(std::string_view text) {
  size_t at = 0;
  while (at < text.size() && !special_[static_cast<unsigned char>(text[at])]) ++at;
  if (at == text.size() && (!text.empty() || !format_.quotes)) {
    out_ += text;
  } else if (format_.quotes) {
    quoted(text, at);
  } else {
    escaped(text, at);
  }
}

// `special` is where the first special byte stands.
void CsvWriter::quoted(std::string_view text, size_t special) {
  out_ += '"';
  size_t copied = 0;
  for (size_t at = text.find('"', special); at != std::string_view::npos;
       at = text.find('"', at + 1)) {
    out_.append(text, copied, at + 1 - copied).append(1, '"');
    copied = at + 1;
  }
  out_.append(text, copied).append(1, '"');
}

void CsvWriter::escaped(std::string_view text, size_t special) {
  out_ += text.substr(0, special);
  for (const char c : text.substr(special)) {
    if (!special_[static_cast<unsigned char>(c)]) {
      out_ += c;
      continue;
    }
    out_ += '\\';
    out_ += c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c;
  }
}

}  // namespace dbops
