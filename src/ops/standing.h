// A session that stays open beside its connection's pool, for what a database tells unasked: kept
// up by a thread of its own.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "ops/workspace.h"

namespace dbops::ops {

class Standing {
 public:
  struct Pace {
    std::chrono::milliseconds begin_max{10'000};  // for the session to listen
    std::chrono::milliseconds look{1000};         // for another configuration, and ...
    std::chrono::milliseconds check{60'000};      // ... whether the database still tells
    std::chrono::milliseconds retry_first{500};   // after a lost session; doubles up to ...
    std::chrono::milliseconds retry_max{30'000};
  };
  // What is done with the session, all but the first begin() by the thread.
  class Work {
   public:
    virtual ~Work() = default;
    // What the connector must have for it.
    virtual Result<void> check(const Connection& connection) const = 0;
    // Has the server tell this session from now on; again, to see that it still does.
    virtual Result<void> begin(const Context& context, Session& session) = 0;
    // Waits for what is told, and takes it. Code::timeout where nothing was.
    virtual Result<void> hear(const Context& context, Session& session) = 0;
    // It is told again, after a time in which something may have been missed.
    virtual void resume() = 0;
  };

  // All must outlive it.
  Standing(const Workspace& workspace, std::string connection, Work& work, const Pace& pace)
      : workspace_(workspace), name_(std::move(connection)), work_(work), pace_(pace) {}
  // Waits for what the thread does; so a Work ends it before itself.
  ~Standing();
  Standing(const Standing&) = delete;
  Standing& operator=(const Standing&) = delete;

  // Answers once the first session listens. Who comes meanwhile waits for the same. Thread-safe.
  Result<void> begin(const Context& context);

  const std::string& connection() const { return name_; }
  // For the thread: ends with its span, or with this.
  Context within(std::chrono::milliseconds span) const;
  void pause(std::chrono::milliseconds span) const;
  // Asks the thread to end, and does not wait for it. Thread-safe, as the next.
  void end() const { cancel_.request(); }
  bool ending() const { return cancel_.requested(); }

 private:
  Result<void> connect(const Context& context);
  bool is_outdated() const;
  void work();
  void reconnect();
  void listen();

  const Workspace& workspace_;
  const std::string name_;
  Work& work_;
  const Pace pace_;
  const Cancel cancel_ = Cancel::create();
  std::mutex beginning_;
  // From its start on, the thread's alone.
  std::shared_ptr<Connection> connection_;
  std::unique_ptr<Session> session_;
  Deadline check_ = Deadline::after(pace_.check);
  std::chrono::milliseconds retry_ = pace_.retry_first;
  std::string last_said_;  // Of a failure, so that it is logged once.
  std::thread thread_;
};

}  // namespace dbops::ops
