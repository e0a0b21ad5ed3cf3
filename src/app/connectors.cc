#include "app/connectors.h"

#include <array>

#include "connectors/elasticsearch/connector.h"
#include "connectors/mongodb/connector.h"
#include "connectors/postgres/connector.h"
#include "connectors/redis/connector.h"
#include "connectors/sqlite/connector.h"
#include "connectors/timescaledb/connector.h"

namespace dbops::app {

std::span<const Connector* const> connectors() {
  static const std::array<const Connector*, 6> kAll = {
      &sqlite::connector(), &postgres::connector(), &timescaledb::connector(),
      &redis::connector(),  &mongodb::connector(),  &elasticsearch::connector()};
  return kAll;
}

}  // namespace dbops::app
