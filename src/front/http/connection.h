// One client's connection: requests come in one after the other, and each one's answer goes out.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/loop.h"
#include "front/http/channel.h"
#include "front/http/exchange.h"
#include "front/http/request_reader.h"
#include "front/http/service.h"

namespace dbops::http {

class Worker;

// Lives on its worker's thread; only wake() is called from others.
//
//   head --> body --> call --+--> (the answer is sent) --> head, or the end
//              |             +--> stream: events as they come --> head, or the end
//              +--> refused: read, but not kept --> (the refusal is sent) --> ...
class Connection final : public Loop::Watcher,
                         public Sleeper,
                         public std::enable_shared_from_this<Connection> {
 public:
  using Clock = std::chrono::steady_clock;

  // Both must outlive it.
  Connection(std::unique_ptr<Channel> channel, Service& service, Worker& worker);
  ~Connection() override;

  // Has the loop tell of the socket. Code::exhausted, Code::io.
  Result<void> open();
  void ready(uint32_t events) override;
  void wake() override;
  // Reads, works and writes as far as that is possible now.
  void go_on();
  // Where nothing was said for a while, it says so.
  void keep_alive();
  // Its call is asked to stop, and still answered.
  void stop();
  // It is closed as soon as this has passed, unless it moved on.
  Clock::time_point due() const { return due_; }
  void close();

 private:
  enum class Step : uint8_t { head, body, refused, call, stream, linger };

  void allow(std::chrono::milliseconds span);
  bool receive();
  bool flush();
  bool read_head();
  void begin();
  bool read_body();
  bool settle();
  void respond();
  void open_stream();
  bool read_stream();
  void refuse(const Response& refusal);
  void end_answer();
  void linger();
  bool drain();

  const std::unique_ptr<Channel> channel_;
  Service& service_;
  Worker& worker_;
  Clock::time_point due_;

  bool readable_ = true;  // There may be something to read.
  bool writable_ = true;
  bool left_ = false;  // The client will send nothing more.
  bool open_ = false;
  std::string in_;         // That has come, and was not looked at.
  std::string out_;        // That is to be sent ...
  size_t sent_ = 0;        // ... from here on ...
  std::string_view tail_;  // ... and this behind it, of the exchange's.
  size_t drained_ = 0;

  // The request that is under way.
  Step step_ = Step::head;
  RequestReader reader_;
  Request request_;
  std::string body_;
  size_t discarded_ = 0;  // Bytes of one that is not kept.
  bool handled_ = false;
  bool chunked_ = false;  // The stream.
  bool last_ = false;     // No other request follows.
  bool ends_ = false;     // With what is still to be sent.
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace dbops::http
