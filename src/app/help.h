// The words of --help that are not bound to one option.
#pragma once

#include <string>
#include <string_view>

namespace dbops::app::help {

extern const char* const kTop;
extern const char* const kShort;   // Of `dbops` alone.
extern const char* const kCommon;  // Of every command.
extern const char* const kFooter;  // Exit codes and files.
std::string examples(std::string_view command);
// `text` in lines of a terminal, each after the first indented.
std::string wrap(const std::string& text, size_t indent);

}  // namespace dbops::app::help
