// Whatever a name server answers: what is taken of it is a host with its port, or a bounded text.
#include "fuzz/check.h"
#include "net/records.h"

using namespace dbops;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  if (const auto services = read_services(message)) {
    check(services->size() <= kDnsServicesMax);
    for (const Service& service : *services)
      check(service.port > 0 && !service.host.empty() &&
            service.host.find_first_of(std::string_view("/:@,?&\0\n ", 9)) == std::string::npos);
  }
  if (const auto texts = read_texts(message)) check(texts->size() <= kDnsTextsMax);
  return 0;
}
