// Spans on their way to a collector: OTLP over HTTP, in JSON.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/context.h"
#include "base/secret.h"
#include "base/trace.h"
#include "net/tls.h"

namespace dbops::ops {

struct TracingSettings {
  std::string endpoint = {};  // The whole URL, with /v1/traces; empty: nothing is recorded.
  std::vector<std::pair<std::string, Secret>> headers = {};
  TlsOptions tls = {};
  std::string service_name = "dbops";
  std::string service_version = DBOPS_VERSION;
  double ratio = 1;         // of the traces that begin here; what callers say of theirs holds
  size_t queue_max = 2048;  // spans that wait; more are dropped
  size_t batch_max = 512;   // spans in one request
  std::chrono::milliseconds interval{5000};  // that a span waits for more of them at most
  std::chrono::milliseconds request_time_max{10'000};
  std::chrono::milliseconds flush_time_max{5000};  // at the end, for what still waits
};

// What becomes of spans. Never more than a moment is spent in take(), and no call fails because of
// it: one thread sends, and what it can't is counted. Thread-safe.
class Tracing {
 public:
  Tracing();
  // Sends what waits, for flush_time_max at most.
  ~Tracing();
  Tracing(const Tracing&) = delete;
  Tracing& operator=(const Tracing&) = delete;

  // From now on; what waits is still sent to where it was meant to go, before this returns, for
  // flush_time_max at most.
  void configure(TracingSettings settings);
  bool on() const noexcept { return on_.load(std::memory_order_relaxed); }
  // Whether a trace is recorded: as its caller says, or by the ratio. REQUIRES: `trace_id` is of 32
  // hex digits.
  bool records(const TraceParent* parent, std::string_view trace_id) const;
  // Takes one that has ended.
  void take(Span span);

  struct Counts {
    uint64_t exported = 0;  // The collector has taken them.
    uint64_t rejected = 0;  // It has refused them, or could not be reached.
    uint64_t dropped = 0;   // Too many waited.
  };
  Counts counts() const;

 private:
  class Exporter;
  struct Tally {
    std::atomic<uint64_t> exported{0};
    std::atomic<uint64_t> rejected{0};
    std::atomic<uint64_t> dropped{0};
  };

  const std::shared_ptr<Tally> tally_;
  std::atomic<bool> on_ = false;
  std::atomic<double> ratio_ = 0;
  mutable std::mutex mutex_;
  std::unique_ptr<Exporter> exporter_;  // nullptr: off.
};

}  // namespace dbops::ops
