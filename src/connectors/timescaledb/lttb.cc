#include "connectors/timescaledb/lttb.h"

#include <cmath>
#include <utility>

namespace dbops::timescaledb {
namespace {

Point mean_of(const std::vector<Point>& points) {
  Point mean;
  for (const Point& point : points) {
    mean.x += point.x;
    mean.y += point.y;
  }
  mean.x /= static_cast<double>(points.size());
  mean.y /= static_cast<double>(points.size());
  return mean;
}

}  // namespace

Lttb::Lttb(uint64_t all, uint64_t kept) : all_(all), inner_(all > kept ? kept - 2 : 0) {}

uint64_t Lttb::start_of(uint64_t bucket) const {
  const double width = static_cast<double>(all_ - 2) / static_cast<double>(inner_);
  return bucket >= inner_ ? all_ - 1
                          : 1 + static_cast<uint64_t>(static_cast<double>(bucket) * width);
}

void Lttb::add(Point point) {
  const uint64_t index = taken_++;
  if (inner_ == 0 || index == 0) return chosen_.push_back(std::move(point));
  if (index == start_of(bucket_ + 1)) {
    if (!now_.empty()) choose(now_, mean_of(next_));
    now_ = std::exchange(next_, {});
    ++bucket_;
  }
  next_.push_back(std::move(point));
}

void Lttb::choose(const std::vector<Point>& bucket, const Point& behind) {
  const Point before = chosen_.back();
  const Point* best = &bucket.front();
  double largest = -1;
  for (const Point& point : bucket) {
    const double area = std::abs((before.x - behind.x) * (point.y - before.y) -
                                 (before.x - point.x) * (behind.y - before.y));
    if (area > largest) {
      largest = area;
      best = &point;
    }
  }
  chosen_.push_back(*best);
}

std::vector<Point> Lttb::finish() {
  if (!next_.empty()) {
    if (!now_.empty()) choose(now_, next_.back());
    chosen_.push_back(std::move(next_.back()));
  }
  return std::move(chosen_);
}

}  // namespace dbops::timescaledb
