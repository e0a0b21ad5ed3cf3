#pragma once

#include <string_view>

#include "base/error.h"
#include "wire/json_view.h"

namespace dbops::elasticsearch {

// What an answer with such a status and body says is wrong: the server's own type and its deepest
// reason, with the code they stand for. The body of something that is not the server (a proxy's
// page) may be anything.
Error server_error(int status, std::string_view body);

// Of one failed item of an answer that has worked as a whole: its "error" member.
Error item_error(int status, const JsonView& error);

}  // namespace dbops::elasticsearch
