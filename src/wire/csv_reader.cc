#include "wire/csv_reader.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace dbops {

CsvReader::CsvReader(CsvFormat format) : format_(format) {
  for (const char c : {format.delimiter, format.quotes ? '"' : '\\', '\n', '\r'})
    special_[static_cast<unsigned char>(c)] = true;
}

Result<Got> CsvReader::read(Arena& arena, std::vector<Value>& cells) {
  const std::string_view text = rest();
  const bool whole = scan(text);
  if (at_ > kItemBytesMax)
    return fatal(Code::too_large,
                 "the record that begins here is larger than " + format_bytes(kItemBytesMax),
                 "look for a quote that is never closed");
  if (whole) return finish_record(text, arena, cells);
  if (!finished()) return Got::more;
  if (state_ == State::quoted)
    return fatal(Code::syntax, "a quote of the record that begins here is never closed",
                 "look for a quote that should be doubled");
  if (at_ == 0) return Got::end;
  end_field(at_);  // The last line lacks its break.
  return finish_record(text, arena, cells);
}

// True once the record is whole; at_ then stands behind its line break.
bool CsvReader::scan(std::string_view text) {
  text = text.substr(0, kItemBytesMax + 1);
  while (at_ < text.size()) {
    if (state_ == State::quoted) {
      take_quoted(text);
      continue;
    }
    if (state_ == State::plain) {
      while (at_ < text.size() && !special_[static_cast<unsigned char>(text[at_])]) ++at_;
      if (at_ == text.size()) return false;
    }
    if (take_special(text)) return true;
  }
  return false;
}

// The byte at at_, outside quotes. True when the record ends with it.
bool CsvReader::take_special(std::string_view text) {
  const char c = text[at_++];
  if (c == '\n') {
    ++breaks_;
    const bool paired = returns_ > 0 && text[at_ - 2] == '\r';
    if (paired) --returns_;
    end_field(at_ - (paired ? 2 : 1));
    return true;
  }
  if (c == format_.delimiter) {
    end_field(at_ - 1);
  } else if (c == '\r') {
    ++returns_;
    if (state_ == State::start) state_ = State::plain;
  } else if (c == '"' && format_.quotes && state_ != State::plain) {
    if (state_ == State::start)
      begin_ = at_;
    else
      escaped_ = true;
    state_ = State::quoted;
  } else {
    if (state_ == State::closed) fault_ = Fault::behind;
    if (c == '"' && format_.quotes && fault_ == Fault::none) fault_ = Fault::quote;
    if (c == '\\' && !format_.quotes) escaped_ = true;
    state_ = State::plain;
  }
  return false;
}

void CsvReader::take_quoted(std::string_view text) {
  const char* const from = text.data() + at_;
  const auto* const quote = static_cast<const char*>(std::memchr(from, '"', text.size() - at_));
  const char* const end = quote == nullptr ? text.data() + text.size() : quote;
  breaks_ += static_cast<uint64_t>(std::count(from, end, '\n'));
  at_ = static_cast<size_t>(end - text.data());
  if (quote == nullptr) return;
  closed_ = at_++;
  state_ = State::closed;
}

void CsvReader::end_field(size_t end) {
  const bool quoted = state_ == State::closed;
  if (fields_.size() < kItemCellsMax)
    fields_.push_back({begin_, quoted ? closed_ : end, quoted, escaped_});
  else
    fault_ = Fault::fields;
  state_ = State::start;
  begin_ = at_;
  escaped_ = false;
}

Result<Got> CsvReader::finish_record(std::string_view text, Arena& arena,
                                     std::vector<Value>& cells) {
  text = text.substr(0, at_);
  take(at_, breaks_);
  const auto sound = check(text);
  if (sound)
    for (const Field& field : fields_) cells.push_back(cell(text, field, arena));
  forget();
  if (!sound) return fail(sound.error());
  return Got::item;
}

Result<void> CsvReader::check(std::string_view record) const {
  if (fault_ == Fault::fields)
    return faulty("more than " + format_count(kItemCellsMax) + " fields");
  if (fault_ == Fault::behind) return faulty("text stands behind a closing quote");
  if (fault_ == Fault::quote) return faulty("a quote stands within a field that is not quoted");
  if (returns_ > 0) return faulty("a carriage return stands outside quotes");
  if (!valid_utf8(record)) return faulty("not UTF-8");
  return {};
}

Value CsvReader::cell(std::string_view text, const Field& field, Arena& arena) const {
  const std::string_view raw = text.substr(field.begin, field.end - field.begin);
  if (raw.empty()) return field.quoted || !format_.quotes ? Value::text({}) : Value();
  if (!field.escaped) return Value::text(arena.copy(raw));
  if (!format_.quotes && raw == "\\N") return {};
  std::string plain;
  plain.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    plain += raw[i];
    if (format_.quotes) {
      if (raw[i] == '"') ++i;  // The first of two.
      continue;
    }
    if (raw[i] != '\\' || i + 1 == raw.size()) continue;
    constexpr std::string_view kLetters = "tnr\\";
    constexpr std::string_view kMeant = "\t\n\r\\";
    if (const size_t which = kLetters.find(raw[i + 1]); which != std::string_view::npos) {
      plain.back() = kMeant[which];
      ++i;
    }
  }
  return Value::text(arena.copy(plain));
}

void CsvReader::forget() {
  state_ = State::start;
  fault_ = Fault::none;
  at_ = 0;
  begin_ = 0;
  breaks_ = 0;
  returns_ = 0;
  fields_.clear();
}

}  // namespace dbops
