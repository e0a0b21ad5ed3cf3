#pragma once

#include "core/connector.h"

namespace dbops::elasticsearch {

const Connector& connector();

}  // namespace dbops::elasticsearch
