#include "net/records.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text.h"
#include "net/lookup.h"

namespace dbops {
namespace {

constexpr size_t kNameBytesMax = 255;       // of a name in DNS (RFC 1035)
constexpr size_t kServiceHeadBytes = 6;     // priority, weight and port before a service's host
constexpr size_t kTextBytesMax = 4u << 10;  // of one TXT record

tl::unexpected<Error> malformed(std::string what) {
  return fail(Code::protocol, "the name server's answer can't be used: " + std::move(what),
              "look at the records of that name: dig srv NAME, dig txt NAME");
}

const u_char* bytes_of(std::string_view message) {
  return reinterpret_cast<const u_char*>(message.data());
}

// Calls for each record of that type in the message's answer; stops at the first error.
template <class Each>
Result<void> for_each_record(std::string_view message, ns_type type, size_t records_max,
                             Each each) {
  ns_msg parsed{};
  if (message.size() > kDnsMessageBytes ||
      ns_initparse(bytes_of(message), static_cast<int>(message.size()), &parsed) != 0)
    return malformed("it is no message of DNS");
  size_t found = 0;
  for (int i = 0; i < ns_msg_count(parsed, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&parsed, ns_s_an, i, &record) != 0) return malformed("a record is damaged");
    if (ns_rr_type(record) != type || ns_rr_class(record) != ns_c_in) continue;
    if (++found > records_max)
      return fail(Code::too_large, "the name has more than " + std::to_string(records_max) +
                                       " records in DNS, and no more are taken");
    DBOPS_TRY(each(parsed, std::string_view(reinterpret_cast<const char*>(ns_rr_rdata(record)),
                                            ns_rr_rdlen(record))));
  }
  return {};
}

// Letters, digits, '-', '_' and dots between: whatever else a label may hold, no host is called so.
bool is_host(std::string_view name) {
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// A question of one type to the name servers that the system is set up with.
class RecordLookup final : public Lookup {
 public:
  RecordLookup(const std::string& name, ns_type type) : name_(name), type_(type) {}

  // h_errno's; 0: there is an answer.
  int status() const { return status_; }
  std::string_view answer() const { return answer_; }

 private:
  void ask() override {
    status_ = NETDB_INTERNAL;
    struct __res_state state = {};
    if (res_ninit(&state) != 0) return;
    answer_.resize(kDnsMessageBytes);
    const int size =
        res_nquery(&state, name_.c_str(), ns_c_in, type_, reinterpret_cast<u_char*>(answer_.data()),
                   static_cast<int>(answer_.size()));
    status_ = size >= 0 ? 0 : state.res_h_errno;
    answer_.resize(std::min(static_cast<size_t>(std::max(size, 0)), answer_.size()));
    res_nclose(&state);
  }

  const std::string name_;
  const ns_type type_;
  int status_ = 0;
  std::string answer_;
};

tl::unexpected<Error> lookup_error(const std::string& name, int status) {
  Error error{.code = Code::unknown_host,
              .message = "can't look up \"" + escape_control(name) +
                         "\" in DNS: " + escape_control(hstrerror(status)),
              .hint = "check the spelling of the name, and this machine's name server"};
  error.retryable = status == TRY_AGAIN;
  return fail(std::move(error));
}

// Code::busy, Code::timeout, Code::cancelled; what else there is to say is the status.
Result<std::shared_ptr<const RecordLookup>> look_up(const Context& context, const std::string& name,
                                                    ns_type type) {
  DBOPS_TRY(context.alive());
  if (name.empty() || name.size() > kNameBytesMax || name.find('\0') != std::string::npos)
    return lookup_error(shorten(name, kNameBytesMax), HOST_NOT_FOUND);
  const auto lookup = std::make_shared<RecordLookup>(name, type);
  DBOPS_TRY(Lookup::run(context, lookup));
  return lookup;
}

bool has_none(int status) { return status == HOST_NOT_FOUND || status == NO_DATA; }

}  // namespace

Result<std::vector<Service>> read_services(std::string_view message) {
  std::vector<Service> services;
  DBOPS_TRY(for_each_record(
      message, ns_t_srv, kDnsServicesMax,
      [&](const ns_msg& parsed, std::string_view data) -> Result<void> {
        std::array<char, NS_MAXDNAME> host{};
        if (data.size() <= kServiceHeadBytes ||
            dn_expand(ns_msg_base(parsed), ns_msg_end(parsed),
                      bytes_of(data.substr(kServiceHeadBytes)), host.data(), host.size()) < 0)
          return malformed("a service has no host");
        Service& service = services.emplace_back(
            Service{.host = lower(host.data()),
                    .port = static_cast<uint16_t>(ns_get16(bytes_of(data) + 4))});
        if (!is_host(service.host) || service.port == 0)
          return malformed("a service has no usable host and port: \"" +
                           escape_control(service.host) + "\", " + std::to_string(service.port));
        return {};
      }));
  return services;
}

Result<std::vector<std::string>> read_texts(std::string_view message) {
  std::vector<std::string> texts;
  DBOPS_TRY(for_each_record(
      message, ns_t_txt, kDnsTextsMax, [&](const ns_msg&, std::string_view data) -> Result<void> {
        std::string& text = texts.emplace_back();
        while (!data.empty()) {
          const size_t size = static_cast<unsigned char>(data.front());
          if (size >= data.size()) return malformed("a text is cut off");
          text += data.substr(1, size);
          data.remove_prefix(1 + size);
        }
        if (text.size() > kTextBytesMax)
          return fail(Code::too_large,
                      "a text in DNS has more than " + format_bytes(kTextBytesMax));
        return {};
      }));
  return texts;
}

Result<std::vector<Service>> find_services(const Context& context, const std::string& name) {
  DBOPS_ASSIGN(const auto lookup, look_up(context, name, ns_t_srv));
  if (lookup->status() != 0) return lookup_error(name, lookup->status());
  DBOPS_ASSIGN(auto services, read_services(lookup->answer()));
  if (services.empty()) return lookup_error(name, NO_DATA);
  return services;
}

Result<std::vector<std::string>> find_texts(const Context& context, const std::string& name) {
  DBOPS_ASSIGN(const auto lookup, look_up(context, name, ns_t_txt));
  if (has_none(lookup->status())) return std::vector<std::string>();
  if (lookup->status() != 0) return lookup_error(name, lookup->status());
  return read_texts(lookup->answer());
}

}  // namespace dbops
