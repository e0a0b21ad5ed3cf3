// The gate as a program, for tests in other languages: dbops_gate SERVER_PORT
//
// Prints its own port. Then takes one command a line, and answers each, once it holds, with a line
// of counts (JSON). Ends with its input.
//
//   reset | finish | stall | flow | counts
//   delay MILLISECONDS
//   arm reset|finish|stall|edit to_server|to_client AFTER_BYTES [LEFT_OUT_BYTES PUT_IN_HEX]
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "base/bytes.h"
#include "gate/gate.h"

namespace {

using namespace dbops;
using gate::Action;
using gate::Direction;

const std::map<std::string, Action, std::less<>> kActions = {{"reset", Action::reset},
                                                             {"finish", Action::finish},
                                                             {"stall", Action::stall},
                                                             {"edit", Action::edit}};

bool arm(gate::Gate& gate, std::istringstream& words) {
  std::string action;
  std::string direction;
  gate::Fault fault;
  if (!(words >> action >> direction >> fault.after) || !kActions.contains(action)) return false;
  fault.action = kActions.at(action);
  fault.direction = direction == "to_server" ? Direction::to_server : Direction::to_client;
  std::string put_in;
  if (words >> fault.left_out >> put_in) {
    const auto bytes = decode_hex(put_in);
    if (!bytes) return false;
    fault.put_in = *bytes;
  }
  gate.arm(std::move(fault));
  return true;
}

bool obey(gate::Gate& gate, const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  words >> verb;
  if (verb == "counts") return true;
  if (verb == "arm") return arm(gate, words);
  if (verb == "flow") {
    gate.flow();
    return true;
  }
  if (int64_t span_ms = 0; verb == "delay" && words >> span_ms) {
    gate.delay(std::chrono::milliseconds(span_ms));
    return true;
  }
  if (verb == "edit" || !kActions.contains(verb)) return false;
  gate.apply(kActions.at(verb));
  return true;
}

void say(const gate::Counts& counts) {
  std::cout << R"({"accepted":)" << counts.accepted << R"(,"open":)" << counts.open
            << R"(,"to_server":)" << counts.to_server << R"(,"to_client":)" << counts.to_client
            << R"(,"fired":)" << counts.fired << "}" << std::endl;
}

}  // namespace

int main(int count, char** arguments) {
  uint16_t server_port = 0;
  if (count != 2 || !(std::istringstream(arguments[1]) >> server_port)) {
    std::cerr << "usage: dbops_gate SERVER_PORT\n";
    return 2;
  }
  gate::Gate gate(server_port);
  std::cout << gate.port() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    if (!obey(gate, line)) {
      std::cerr << "not understood: " << line << "\n";
      return 2;
    }
    say(gate.counts());
  }
}
