// Keeps the processors of this machine from halting. One that has halted takes tens of
// microseconds to go on where it is virtual, which a caller who waits for each answer pays at every
// step: to the server, to the database and back.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "base/result.h"

namespace dbops {

// Thread-safe. Source: Linux, Documentation/power/pm_qos_interface.rst, "CPU latency QoS": what a
// process writes there holds for all processors of the machine while it keeps the file open.
class Awake {
 public:
  static constexpr const char* kDevice = "/dev/cpu_dma_latency";

  // Processors halt as they do without it until hold(). Code::denied, or Code::io where the kernel
  // has no such file. `device`: another for tests.
  static Result<std::unique_ptr<Awake>> open(const char* device = kDevice);
  // Lets them halt.
  ~Awake();
  Awake(const Awake&) = delete;
  Awake& operator=(const Awake&) = delete;

  // None halts until each hold() has had its release(). False, with nothing to release: the kernel
  // refused, which is logged once.
  bool hold();
  void release();

 private:
  explicit Awake(int fd) : fd_(fd) {}
  bool ask_for(int32_t latency_us);

  const int fd_;
  std::mutex mutex_;
  int holders_ = 0;
  bool refused_ = false;
};

}  // namespace dbops
