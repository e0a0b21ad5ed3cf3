// Keeps the processors of this machine from halting while calls come. One that has halted takes
// tens of microseconds to go on, which a caller who waits for each answer pays at every step: to
// the server, to the database and back.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/result.h"

namespace dbops::http {

// Thread-safe. Source: Linux, Documentation/power/pm_qos_interface.rst, "CPU latency QoS": what a
// process writes there holds for all processors of the machine while it keeps the file open.
class Awake {
 public:
  static constexpr const char* kDevice = "/dev/cpu_dma_latency";

  // Processors sleep as they do without it until hold(). Code::denied, or Code::io where the kernel
  // has no such file. `device`: another for tests.
  static Result<std::unique_ptr<Awake>> open(const char* device = kDevice);
  // Lets them sleep.
  ~Awake();
  Awake(const Awake&) = delete;
  Awake& operator=(const Awake&) = delete;

  // A call has come: they stay awake until look_after() finds that no other did.
  void hold();
  // To be called every second or so.
  void look_after();

 private:
  explicit Awake(int fd) : fd_(fd) {}
  void ask_for(int32_t latency_us);

  const int fd_;
  std::atomic<bool> called_ = false;  // Since look_after(); set under the mutex.
  std::mutex mutex_;
  bool held_ = false;
};

}  // namespace dbops::http
