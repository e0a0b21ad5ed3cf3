#include "app/install/document.h"

#include "app/install/json_document.h"
#include "app/install/toml_document.h"

namespace dbops::app {

Result<std::unique_ptr<Document>> Document::parse(Syntax syntax, std::string text,
                                                  std::string section) {
  if (syntax == Syntax::toml) return parse_toml_document(std::move(text), std::move(section));
  return parse_json_document(std::move(text), syntax == Syntax::json_with_comments,
                             std::move(section));
}

}  // namespace dbops::app
