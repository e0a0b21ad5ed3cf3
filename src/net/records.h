#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"

namespace dbops {

inline constexpr size_t kDnsServicesMax = 256;      // hosts of one service
inline constexpr size_t kDnsTextsMax = 16;          // TXT records of one name
inline constexpr size_t kDnsMessageBytes = 65'535;  // as many as the protocol has (RFC 1035)

struct Service {
  std::string host;  // As a host name is written, in small letters, without a dot at its end.
  uint16_t port = 0;
  bool operator==(const Service&) const = default;
};

// What DNS says of a name: the hosts of a service ("_mongodb._tcp.example.net", SRV records), at
// least one; and texts (TXT records, each with its strings put together), none where it has none.
// In the order of the answer. Both end with the context, as resolve() does.
// Code::unknown_host (no such records, or no answer: then it may be tried again), Code::timeout,
// Code::cancelled, Code::busy, Code::too_large, Code::protocol. Thread-safe.
Result<std::vector<Service>> find_services(const Context& context, const std::string& name);
Result<std::vector<std::string>> find_texts(const Context& context, const std::string& name);

// The same of a message that has arrived: whatever records of another type it has are passed over.
// Code::protocol, Code::too_large.
Result<std::vector<Service>> read_services(std::string_view message);
Result<std::vector<std::string>> read_texts(std::string_view message);

}  // namespace dbops
