// Fewer points that look the same: Largest Triangle Three Buckets (Sveinn Steinarsson, 2013). The
// first and the last point stay; of each bucket between them the point that makes the largest
// triangle with the one chosen before and the mean of the bucket behind. Pure code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dbops::timescaledb {

struct Point {
  double x = 0;
  double y = 0;
  std::string label = {};  // As x is to be shown.
};

// Takes the points one by one, in the order of x, and holds two buckets of them. Not thread-safe.
class Lttb {
 public:
  // `all` points will come, of which `kept` are chosen. REQUIRES: kept >= 3.
  Lttb(uint64_t all, uint64_t kept);

  void add(Point point);
  // REQUIRES: all have come.
  std::vector<Point> finish();

 private:
  // The first point of a bucket; bucket `inner_` is the last point alone.
  uint64_t start_of(uint64_t bucket) const;
  void choose(const std::vector<Point>& bucket, const Point& behind);

  const uint64_t all_;
  const uint64_t inner_;  // buckets between the first and the last point; 0: all points are kept
  uint64_t taken_ = 0;
  uint64_t bucket_ = 0;  // That `next_` is filled from.
  std::vector<Point> now_;
  std::vector<Point> next_;
  std::vector<Point> chosen_;
};

}  // namespace dbops::timescaledb
