// The nearest right name, where the server says that an index or a field is not there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "connectors/elasticsearch/fence.h"
#include "connectors/elasticsearch/rows.h"

namespace dbops::elasticsearch {

struct Missing {
  enum class What : uint8_t { index, field };
  What what = What::index;
  std::string name;
};

// What an error of the server's says is not there; nullopt where it says something else.
std::optional<Missing> missing_in(std::string_view message);

// The error with the nearest name as its hint, among those that the connection's policy shows; as
// it was where nothing comes near. Asks the server for its names. REQUIRES: no answer is open.
Error with_nearest(const Context& context, Link& link, const Fence& fence,
                   const OwnedRequest& request, Error error);

}  // namespace dbops::elasticsearch
