#pragma once

#include "core/connector.h"

namespace dbops::redis {

const Connector& connector();

}  // namespace dbops::redis
