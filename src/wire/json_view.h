// JSON as it stands: values taken apart without being converted, so that no digit is lost.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dbops {

// One value inside a text that it borrows. Cheap to copy. A default-constructed one is `null`, and
// so is what is looked for and not there.
class JsonView {
 public:
  JsonView() = default;
  // Code::syntax, Code::too_large: as JsonScan.
  static Result<JsonView> parse(std::string_view text);
  // REQUIRES: `text` is one valid value, white space around it or not.
  static JsonView trust(std::string_view text);

  std::string_view text() const { return text_; }  // Without white space around it.
  bool is_null() const { return text_[0] == 'n'; }
  bool is_object() const { return text_[0] == '{'; }
  bool is_array() const { return text_[0] == '['; }
  bool is_string() const { return text_[0] == '"'; }
  bool is_boolean() const { return text_[0] == 't' || text_[0] == 'f'; }
  bool is_number() const { return text_[0] == '-' || (text_[0] >= '0' && text_[0] <= '9'); }

  // A string without its escapes; half a surrogate pair is U+FFFD there. Of anything else its text.
  std::string string() const;
  // nullopt for a string that no UTF-8 can hold exactly.
  std::optional<std::string> exact_string() const;
  bool is_true() const { return text_[0] == 't'; }
  // An integer that fits, also when it stands in a string, as it does where tables are printed.
  std::optional<int64_t> integer() const;
  std::optional<double> real() const;

  // Calls each(key, value) with every member, the key as it stands; not at all unless an object.
  template <class Each>
  void each_member(Each each) const {
    JsonView key;
    JsonView value;
    for (size_t at = 0; next_member(at, key, value);) each(key, value);
  }
  std::vector<std::pair<std::string, JsonView>> members() const;  // Empty unless an object.
  std::vector<JsonView> elements() const;                         // Empty unless an array.
  // The last member of that name.
  JsonView operator[](std::string_view name) const;
  // Member of member of member.
  JsonView at(std::initializer_list<std::string_view> names) const;

 private:
  explicit JsonView(std::string_view text) : text_(text) {}
  bool next_member(size_t& at, JsonView& key, JsonView& value) const;

  std::string_view text_ = "null";
};

}  // namespace dbops
