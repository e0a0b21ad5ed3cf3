#pragma once

#include <memory>
#include <string>

#include "app/install/document.h"

namespace dbops::app {

// Document::parse for JSON; `comments`: comments and trailing commas are taken, and kept.
Result<std::unique_ptr<Document>> parse_json_document(std::string text, bool comments,
                                                      std::string section);

}  // namespace dbops::app
