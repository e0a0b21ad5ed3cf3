// Walks over JSON, byte by byte, and stops at the first that is wrong. Sans-io.
#pragma once

#include <string_view>

#include "base/json.h"

namespace dbops {

// Each function passes over what it names, and answers false where that isn't there; problem() says
// why, and at() where. REQUIRES: the text is UTF-8.
class JsonScanner {
 public:
  static constexpr size_t kDepthMax = kJsonDepthMax - 1;  // levels within the outermost object

  explicit JsonScanner(std::string_view text) : text_(text) {}

  bool value();
  bool string();
  bool key();  // And the colon behind it.
  bool byte(char c);
  void space();
  bool wrong(std::string_view problem);

  bool done() const { return at_ == text_.size(); }
  size_t at() const { return at_; }
  std::string_view problem() const { return problem_; }

 private:
  char peek() const { return done() ? '\0' : text_[at_]; }
  bool scalar();
  bool word(std::string_view text);
  bool number();
  bool digits();
  bool escape();
  bool unit(unsigned& value);

  const std::string_view text_;
  size_t at_ = 0;
  std::string_view problem_;
};

}  // namespace dbops
