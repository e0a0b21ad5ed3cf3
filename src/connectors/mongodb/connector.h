#pragma once

#include "core/connector.h"

namespace dbops::mongodb {

const Connector& connector();

}  // namespace dbops::mongodb
