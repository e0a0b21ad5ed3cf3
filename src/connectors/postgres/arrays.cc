#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "connectors/postgres/cells.h"

namespace dbops::postgres {
namespace {

// PostgreSQL's array literals, section 8.15.6 of its manual. One pass, no recursion.
class ArrayReader {
 public:
  ArrayReader(const CellType& type, std::string_view text, bool trusted, Arena& arena)
      : element_{.kind = type.element},
        delimiter_(type.delimiter),
        text_(text),
        trusted_(trusted),
        arena_(arena) {}

  // Null when the text is not a whole array.
  Value read() {
    skip_bounds();
    if (!take('{')) return {};
    levels_.emplace_back();
    while (!levels_.empty()) {
      if (!step()) return {};
    }
    return at_ == text_.size() ? result_ : Value();
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }

  // "[0:1][2:3]=" before an array whose subscripts don't start at 1.
  void skip_bounds() {
    if (peek() != '[') return;
    const size_t equals = text_.find("={");
    if (equals != std::string_view::npos) at_ = equals + 1;
  }

  // One item, or the end of a level. False where the text makes no sense.
  bool step() {
    std::vector<Value>& items = levels_.back();
    if (take('}')) return close();
    if (!items.empty() && !take(delimiter_)) return false;
    if (take('{')) {
      if (levels_.size() >= kArrayDepthMax) return false;
      levels_.emplace_back();
      return true;
    }
    const auto item = peek() == '"' ? quoted() : bare();
    if (!item) return false;
    items.push_back(*item);
    return true;
  }

  bool close() {
    const std::vector<Value> items = std::move(levels_.back());
    levels_.pop_back();
    Value* kept = nullptr;
    if (!items.empty()) {
      kept = static_cast<Value*>(arena_.allocate(items.size() * sizeof(Value)));
      std::copy(items.begin(), items.end(), kept);
    }
    const Value list = Value::items(Kind::list, {kept, items.size()});
    if (levels_.empty())
      result_ = list;
    else
      levels_.back().push_back(list);
    return true;
  }

  std::optional<Value> quoted() {
    scratch_.clear();
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == '"') {
        ++at_;
        return decode(element_, scratch_, trusted_, arena_);
      }
      if (c == '\\') {
        if (++at_ >= text_.size()) return std::nullopt;
        c = text_[at_];
      }
      scratch_ += c;
    }
    return std::nullopt;
  }

  std::optional<Value> bare() {
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '}') {
      if (text_[at_] == '{' || text_[at_] == '"' || text_[at_] == '\\') return std::nullopt;
      ++at_;
    }
    const std::string_view word = text_.substr(start, at_ - start);
    if (word.empty()) return std::nullopt;
    if (same_ignoring_case(word, "null")) return Value();
    return decode(element_, word, trusted_, arena_);
  }

  const CellType element_;
  const char delimiter_;
  const std::string_view text_;
  const bool trusted_;
  Arena& arena_;
  size_t at_ = 0;
  std::vector<std::vector<Value>> levels_;  // The items of each open level so far.
  std::string scratch_;
  Value result_;
};

}  // namespace

Value decode_array(const CellType& type, std::string_view text, bool trusted, Arena& arena) {
  return ArrayReader(type, text, trusted, arena).read();
}

}  // namespace dbops::postgres
