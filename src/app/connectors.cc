#include "app/connectors.h"

#include <array>

#include "connectors/elasticsearch/connector.h"
#include "connectors/postgres/connector.h"
#include "connectors/redis/connector.h"
#include "connectors/sqlite/connector.h"

namespace dbops::app {

std::span<const Connector* const> connectors() {
  static const std::array<const Connector*, 4> kAll = {&sqlite::connector(), &postgres::connector(),
                                                       &redis::connector(),
                                                       &elasticsearch::connector()};
  return kAll;
}

}  // namespace dbops::app
