// The least that a program can do to print rows as JSON: what the bare loops share.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace bench {

inline void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      constexpr char kDigits[] = "0123456789abcdef";
      out += "\\u00";
      out += kDigits[(c >> 4) & 0xf];
      out += kDigits[c & 0xf];
    } else {
      out += c;
    }
  }
  out += '"';
}

// Calls `answer(line)` for each line of stdin and prints what it appends, one line a call: as a
// server over stdio does.
template <class Answer>
int serve(Answer answer) {
  std::string out;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) {
    if (c != '\n') continue;
    out.clear();
    if (!answer(out)) return 1;
    out += '\n';
    if (std::fwrite(out.data(), 1, out.size(), stdout) != out.size()) return 1;
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace bench
