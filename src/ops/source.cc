#include "ops/source.h"

#include <algorithm>

namespace dbops::ops {

void Portion::reset(size_t columns) {
  batch.reset(columns);
  origins.clear();
  faults.clear();
}

void Portion::drop_before(uint64_t item) {
  const auto first = std::partition_point(origins.begin(), origins.end(),
                                          [&](const Origin& each) { return each.item < item; });
  batch.drop_front(static_cast<size_t>(first - origins.begin()));
  origins.erase(origins.begin(), first);
  std::erase_if(faults, [&](const Fault& fault) { return fault.origin.item < item; });
}

void Portion::drop_from(uint64_t item) {
  while (!origins.empty() && origins.back().item >= item) {
    origins.pop_back();
    batch.drop_row();
  }
  std::erase_if(faults, [&](const Fault& fault) { return fault.origin.item >= item; });
  end = std::min(end, item);
}

}  // namespace dbops::ops
