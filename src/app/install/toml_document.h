#pragma once

#include <memory>
#include <string>

#include "app/install/document.h"

namespace dbops::app {

// Document::parse for TOML.
Result<std::unique_ptr<Document>> parse_toml_document(std::string text, std::string section);

}  // namespace dbops::app
