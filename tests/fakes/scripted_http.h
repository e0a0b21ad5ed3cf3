// An HTTP server for tests that answers what it is told to, byte for byte: what no real server can
// be brought to say.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/cancel.h"

namespace dbops::fakes {

struct ScriptedReply {
  std::string bytes;   // As they go out, head and all.
  bool close = false;  // The connection ends behind them.
};

// An answer with its head.
ScriptedReply http_reply(int status, std::string_view body,
                         std::string_view type = "application/json",
                         std::string_view more_headers = {});

// Listens on 127.0.0.1. Works in a thread of its own, which also calls the script; thread-safe.
class ScriptedHttp {
 public:
  // Is given each request whole: head and body.
  using Script = std::function<ScriptedReply(const std::string& request)>;
  explicit ScriptedHttp(Script script);
  ~ScriptedHttp();
  ScriptedHttp(const ScriptedHttp&) = delete;
  ScriptedHttp& operator=(const ScriptedHttp&) = delete;

  uint16_t port() const { return port_; }
  std::vector<std::string> requests() const;
  size_t connections() const;

 private:
  void run();
  bool serve(int fd, std::string& received);

  Script script_;
  Cancel stop_ = Cancel::create();
  int listener_ = -1;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  size_t connections_ = 0;
  std::thread thread_;
};

}  // namespace dbops::fakes
