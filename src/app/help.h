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

}  // namespace dbops::app::help
