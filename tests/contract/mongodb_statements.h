// What the suite says to servers of MongoDB's protocol.
#pragma once

#include <string>

#include "contract/quirks.h"

namespace dbops::contract {

Statements mongodb_statements();

// A pipeline that needs no collection: it begins with one document.
std::string mongodb_pipeline(const std::string& document, const std::string& stages = "",
                             const std::string& options = "");

}  // namespace dbops::contract
