// A name server on 127.0.0.1, for tests: what it has been told, over UDP and, where that is too
// large, over TCP. While there is one, the C library asks it instead of the machine's, in this
// program and for questions of one type of record (res_nquery); not for addresses.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/cancel.h"

namespace dbops::fakes {

// The data of a record, as it stands in a message.
std::string srv_data(uint16_t port, std::string_view host);
std::string txt_data(const std::vector<std::string>& strings);
std::string name_data(std::string_view name);  // "a.b" as its labels.

inline constexpr uint16_t kTxt = 16;
inline constexpr uint16_t kSrv = 33;
inline constexpr uint16_t kCname = 5;

// Thread-safe; one at a time in a program.
class NameServer {
 public:
  NameServer();
  ~NameServer();
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  // One more record of the name. Names without any do not exist.
  void add(const std::string& name, uint16_t type, std::string data);
  // From now on questions for it have no answer; those for `name` that came are waited for.
  void be_silent(const std::string& name);
  void wait_for_question(const std::string& name);
  // What stands behind the question in each answer for it, with that many records claimed.
  void answer_with(const std::string& name, uint16_t records, std::string bytes);

 private:
  struct Raw {
    uint16_t records = 0;
    std::string bytes;
  };
  void run();
  void serve_udp();
  void serve_tcp();
  // Empty: it says nothing.
  std::string answer(std::string_view question);

  Cancel stop_ = Cancel::create();
  int udp_ = -1;
  int tcp_ = -1;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::map<std::string, std::map<uint16_t, std::vector<std::string>>> records_;
  std::map<std::string, Raw> raw_;
  std::map<std::string, size_t> questions_;
  std::vector<std::string> silent_;
  std::thread thread_;
};

}  // namespace dbops::fakes
