#include "net/records.h"

#include <gmock/gmock-matchers.h>

#include <thread>

#include "base/time.h"
#include "fakes/name_server.h"

namespace dbops {
namespace {

using fakes::kSrv;
using fakes::kTxt;
using fakes::srv_data;
using fakes::txt_data;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kName = "_mongodb._tcp.cluster.example.test";

Context within(milliseconds span) {
  Context context;
  context.deadline = Deadline::after(span);
  context.cancel = Cancel::create();
  return context;
}

class Records : public testing::Test {
 protected:
  Result<std::vector<Service>> services() { return find_services(context_, kName); }
  Result<std::vector<std::string>> texts() { return find_texts(context_, kName); }

  fakes::NameServer server_;
  Context context_ = within(milliseconds(30'000));
};

TEST_F(Records, AreReadInTheirOrder) {
  server_.add(kName, kSrv, srv_data(27017, "B.example.test"));
  server_.add(kName, kSrv, srv_data(1, "a-1.example.test"));
  server_.add(kName, kTxt, txt_data({"authSource=adm", "in&replicaSet=r"}));
  server_.add(kName, kTxt, txt_data({""}));
  const auto found = services();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(*found,
              ElementsAre(Service{"b.example.test", 27017}, Service{"a-1.example.test", 1}));
  const auto said = texts();
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_THAT(*said, ElementsAre("authSource=admin&replicaSet=r", ""));
}

TEST_F(Records, OfAnotherTypeArePassedOver) {
  server_.add(kName, fakes::kCname, fakes::name_data("other.example.test"));
  server_.add(kName, kSrv, srv_data(27017, "a.example.test"));
  EXPECT_EQ(services().value().size(), 1U);
  EXPECT_TRUE(texts().value().empty());
}

TEST_F(Records, MayBeMissing) {
  const auto none = services();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::unknown_host);
  EXPECT_FALSE(none.error().retryable);
  EXPECT_THAT(none.error().message, HasSubstr(kName));
  EXPECT_TRUE(texts().value().empty());
  server_.add(kName, kTxt, txt_data({"x"}));
  EXPECT_EQ(services().error().code, Code::unknown_host) << "the name is there, and has no SRV";
  EXPECT_EQ(find_services(context_, "").error().code, Code::unknown_host);
  EXPECT_EQ(find_services(context_, std::string(300, 'x')).error().code, Code::unknown_host);
}

// More than a datagram holds: they come over TCP.
TEST_F(Records, MayBeMany) {
  for (size_t i = 0; i < kDnsServicesMax; ++i)
    server_.add(kName, kSrv, srv_data(27017, "h" + std::to_string(i) + ".example.test"));
  const auto found = services();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->size(), kDnsServicesMax);
  server_.add(kName, kSrv, srv_data(27017, "one-more.example.test"));
  EXPECT_EQ(services().error().code, Code::too_large);
  for (size_t i = 0; i <= kDnsTextsMax; ++i) server_.add(kName, kTxt, txt_data({"a=b"}));
  EXPECT_EQ(texts().error().code, Code::too_large);
}

TEST_F(Records, AreBoundInLength) {
  server_.add(kName, kTxt, txt_data(std::vector<std::string>(20, std::string(255, 'x'))));
  EXPECT_EQ(texts().error().code, Code::too_large);
}

TEST_F(Records, ThatAreDamagedAreRefused) {
  size_t number = 0;
  for (const std::string& data : {
           std::string(), std::string(6, '\0'),  // No host.
           srv_data(27017, ""),                  // The root: there is no such service.
           srv_data(0, "a.example.test"),        // No port.
           srv_data(27017, "a b.example"),       // No host is called so.
           srv_data(27017, "a.example\nx"), std::string("\0\0\0\5\0\1\x3fshort", 12),
           std::string("\0\0\0\5\0\1\xc0\xff", 8),  // Points behind the message's end.
       }) {
    const std::string name = "_x._tcp.n" + std::to_string(number++) + ".example.test";
    server_.add(name, kSrv, data);
    const auto found = find_services(context_, name);
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().code, Code::protocol) << name << found.error().message;
  }
  server_.add("cut.example.test", kTxt,
              "\x05"
              "four");
  EXPECT_EQ(find_texts(context_, "cut.example.test").error().code, Code::protocol);
  server_.answer_with(kName, 3, "\xff\xff\xff");
  EXPECT_EQ(services().error().code, Code::protocol);
  EXPECT_EQ(texts().error().code, Code::protocol);
  EXPECT_EQ(read_services("").error().code, Code::protocol);
  EXPECT_EQ(read_texts(std::string(kDnsMessageBytes + 1, '\0')).error().code, Code::protocol);
}

TEST_F(Records, AreNotWaitedForWhenCancelled) {
  server_.be_silent(kName);
  Result<std::vector<Service>> answer;
  std::thread asker([&] { answer = services(); });
  server_.wait_for_question(kName);
  const Stopwatch watch;
  context_.cancel.request();
  asker.join();
  EXPECT_LT(watch.elapsed_ms(), 200);
  EXPECT_EQ(answer.error().code, Code::cancelled);
  EXPECT_EQ(services().error().code, Code::cancelled);
}

TEST_F(Records, AreWaitedForUntilTheDeadline) {
  server_.be_silent(kName);
  EXPECT_EQ(find_texts(within(milliseconds(20)), kName).error().code, Code::timeout);
  const auto silent = services();
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code, Code::unknown_host);
  EXPECT_TRUE(silent.error().retryable);
}

}  // namespace
}  // namespace dbops
