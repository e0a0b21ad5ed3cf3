// Findings as text and as JSON, for diagnose, explain and doctor.
#pragma once

#include <span>
#include <string>

#include "base/json.h"
#include "core/session.h"

namespace dbops::cli {

// Critical, with the error's code as its subject.
Finding finding_of(std::string area, const Error& error);

// A line for each, in order, with the next step below it.
std::string findings_text(std::span<const Finding> findings, bool color);
void findings_json(std::span<const Finding> findings, JsonWriter& out);

}  // namespace dbops::cli
