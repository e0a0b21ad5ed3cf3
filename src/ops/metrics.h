// What was done, counted: for whoever watches dbops run.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

#include "ops/audit.h"

namespace dbops::ops {

class Workspace;

// Thread-safe.
class Metrics {
 public:
  // Upper bounds of the buckets, in ms; a last one takes the rest.
  static constexpr std::array<uint64_t, 11> kBucketsMs = {1,   2,   5,    10,   25,   50,
                                                          100, 250, 1000, 5000, 30000};
  // Tools, connections and codes are few, but multiply: beyond this calls are counted as "other".
  static constexpr size_t kSeriesMax = 5000;

  // One call that has ended.
  void count(const AuditEntry& entry);
  // The Prometheus text format, version 0.0.4.
  void write(std::string& out) const;

 private:
  struct Histogram {
    std::array<uint64_t, kBucketsMs.size() + 1> buckets{};
    uint64_t sum_ms = 0;
  };
  // Of operate the name alone, without its operation.
  template <class Text>
  struct Series {
    Text tool;
    Text connection;
    Text outcome;
  };
  struct Before {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const Series<A>& a, const Series<B>& b) const {
      using Texts = std::tuple<std::string_view, std::string_view, std::string_view>;
      return Texts(a.tool, a.connection, a.outcome) < Texts(b.tool, b.connection, b.outcome);
    }
  };

  mutable std::mutex mutex_;
  std::map<Series<std::string>, uint64_t, Before> calls_;
  std::map<std::string, Histogram, std::less<>> elapsed_;  // By tool.
};

// The same of a whole workspace: its calls, pools and held streams.
std::string metrics_text(Workspace& workspace);

// `text` as the value of a label, in quotes.
std::string label_value(std::string_view text);

}  // namespace dbops::ops
