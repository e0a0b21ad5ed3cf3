#include "connectors/timescaledb/lttb.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace dbops::timescaledb {
namespace {

using testing::ElementsAre;

std::vector<Point> curve(size_t points) {
  std::vector<Point> all;
  for (size_t i = 0; i < points; ++i)
    all.push_back(
        {static_cast<double>(i), std::sin(static_cast<double>(i) / 7), std::to_string(i)});
  return all;
}

std::vector<Point> reduced(const std::vector<Point>& all, uint64_t kept) {
  Lttb lttb(all.size(), kept);
  for (const Point& point : all) lttb.add(point);
  return lttb.finish();
}

std::vector<std::string> labels(const std::vector<Point>& points) {
  std::vector<std::string> all;
  for (const Point& point : points) all.push_back(point.label);
  return all;
}

// The algorithm as it is published, over all points at once.
std::vector<Point> plain(const std::vector<Point>& all, size_t kept) {
  const double width = static_cast<double>(all.size() - 2) / static_cast<double>(kept - 2);
  std::vector<Point> chosen = {all.front()};
  const auto start = [&](size_t bucket) {
    return std::min(all.size() - 1, 1 + static_cast<size_t>(static_cast<double>(bucket) * width));
  };
  for (size_t bucket = 0; bucket + 2 < kept; ++bucket) {
    const size_t from = start(bucket + 1);
    const size_t to = bucket + 3 == kept ? all.size() : start(bucket + 2);
    double x = 0;
    double y = 0;
    for (size_t i = from; i < to; ++i) {
      x += all[i].x / static_cast<double>(to - from);
      y += all[i].y / static_cast<double>(to - from);
    }
    const Point before = chosen.back();
    chosen.push_back(*std::max_element(all.begin() + static_cast<ptrdiff_t>(start(bucket)),
                                       all.begin() + static_cast<ptrdiff_t>(from),
                                       [&](const Point& a, const Point& b) {
                                         const auto area = [&](const Point& point) {
                                           return std::abs((before.x - x) * (point.y - before.y) -
                                                           (before.x - point.x) * (y - before.y));
                                         };
                                         return area(a) < area(b);
                                       }));
  }
  chosen.push_back(all.back());
  return chosen;
}

TEST(Lttb, KeepsAllWhereThereAreFew) {
  EXPECT_THAT(reduced({}, 3), testing::IsEmpty());
  for (const size_t points : {1, 2, 3})
    EXPECT_EQ(labels(reduced(curve(points), 3)), labels(curve(points))) << points;
}

TEST(Lttb, KeepsTheEndsAndThePeak) {
  std::vector<Point> all = curve(0);
  for (int i = 0; i < 100; ++i) all.push_back({1.0 * i, i == 37 ? 50.0 : 1.0, std::to_string(i)});
  EXPECT_THAT(labels(reduced(all, 3)), ElementsAre("0", "37", "99"));
}

TEST(Lttb, ChoosesWhatThePublishedAlgorithmChooses) {
  for (const size_t points : {4, 5, 10, 101, 1000})
    for (const uint64_t kept : {3, 4, 7, 50, 99}) {
      if (kept >= points) continue;
      const auto chosen = reduced(curve(points), kept);
      EXPECT_EQ(chosen.size(), kept);
      EXPECT_EQ(labels(chosen), labels(plain(curve(points), kept))) << points << ' ' << kept;
    }
}

}  // namespace
}  // namespace dbops::timescaledb
