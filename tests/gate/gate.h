// A TCP proxy for tests: stands on a port of its own before a real server, and on command cuts,
// stalls, delays or falsifies what passes. For "the server died in the middle of a row" on a server
// that lives.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace dbops::gate {

enum class Direction : uint8_t { to_server, to_client };

enum class Action : uint8_t {
  reset,   // RST to both sides; the receiver may lose what it has not read
  finish,  // FIN to both sides, behind all that has passed: a stream that is cut short
  stall,   // nothing passes any more, in either direction, until flow()
  edit,    // some bytes are left out and others put in their place; all behind them passes
};

enum class Unit : uint8_t { bytes, chunks };  // A chunk is what one read from a socket gave.

// Happens once, to the connection that carries what is counted. Counted over all connections from
// arm() on: exactly `after` pass, the next one meets the action. 0: before anything more passes.
struct Fault {
  Action action = Action::reset;
  Direction direction = Direction::to_client;
  uint64_t after = 0;
  Unit unit = Unit::bytes;
  uint64_t left_out = 0;    // With Action::edit: so many bytes do not pass ...
  std::string put_in = {};  // ... and these do, before all that follows.
};

struct Counts {
  uint64_t accepted = 0;   // connections, since the gate was opened
  uint64_t open = 0;       // of them, now: neither ended nor cut
  uint64_t to_server = 0;  // bytes passed
  uint64_t to_client = 0;
  uint64_t fired = 0;  // faults that have happened
};

// Listens on 127.0.0.1, forwards to 127.0.0.1. Works in a thread of its own; thread-safe. Its
// destruction resets what is open.
class Gate {
 public:
  // Throws std::system_error when the machine has no socket or thread to give.
  explicit Gate(uint16_t server_port);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  uint16_t port() const;

  // Cuts or stalls all open connections, and has done so when it returns. New ones are accepted as
  // before (but stall with Action::stall, too). REQUIRES: not Action::edit, which is of a Fault.
  void apply(Action action);
  // Ends every stall, and forgets an armed fault that has not happened.
  void flow();
  // From now on each chunk waits that long before it passes. 0: no more.
  void delay(std::chrono::milliseconds span);
  // Replaces a fault that has not happened yet.
  void arm(Fault fault);

  Counts counts() const;
  // Waits until `reached` holds of the counts; false when it did not within `span`.
  bool wait(const std::function<bool(const Counts&)>& reached,
            std::chrono::milliseconds span = std::chrono::seconds(10)) const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace dbops::gate
