// What the three standard streams are connected to, and how text looks there.
#pragma once

#include <string>
#include <string_view>

namespace dbops::cli {

enum class ColorChoice { automatic, always, never };

struct Terminal {
  bool input = false;  // stdin, stdout and stderr: is it a terminal?
  bool output = false;
  bool error = false;
  bool color_output = false;  // May escape sequences be written there?
  bool color_error = false;

  // Looks at descriptors 0 to 2, NO_COLOR (https://no-color.org) and TERM.
  static Terminal detect(ColorChoice color);
  // Columns and lines of the terminal on stdout as it is now; 0 where it is none.
  struct Size {
    size_t columns = 0;
    size_t lines = 0;
  };
  Size size() const;
};

enum class Style { plain, bold, dim, red, yellow, green };
// Appends `text` in a style, or as it is where `color` is false.
void append_styled(std::string& out, Style style, std::string_view text, bool color);

// Writes all of `text` to the descriptor, as far as it can be written: for messages on stderr,
// whose failure nobody can be told of.
void write_message(int fd, std::string_view text);

}  // namespace dbops::cli
