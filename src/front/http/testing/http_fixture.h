// What the tests of the endpoint share: a server with fake tools behind a listener.
#pragma once

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "front/http/listener.h"
#include "front/http/testing/http_client.h"
#include "mcp/testing/conversation.h"
#include "mcp/testing/fake_tools.h"

namespace dbops::http::testing {

class HttpTest : public ::testing::Test {
 protected:
  void start(const Settings& settings = {}) {
    listener_.reset();
    auto started = Listener::start(*server_, settings);
    ASSERT_TRUE(started) << started.error().message;
    listener_ = std::move(*started);
  }
  void SetUp() override { start(); }

  HttpClient connect() { return HttpClient(listener_->port()); }
  // On a connection of its own.
  Answer request(std::string_view method, const Fields& fields, std::string_view body = {},
                 std::string_view path = "/mcp") {
    HttpClient client = connect();
    client.send_request(method, path, fields, body);
    return client.receive();
  }
  Answer post(const Fields& fields, std::string_view body) { return request("POST", fields, body); }
  // A new session's id.
  std::string begin(std::string_view revision = "2025-11-25",
                    std::string_view capabilities = "{}") {
    Answer answer = post(legacy_fields(), mcp::testing::initialize(revision, capabilities));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.headers["mcp-session-id"];
  }
  // Waits for at most 10 s.
  static bool eventually(const std::function<bool()>& condition) {
    const Deadline end = Deadline::after(std::chrono::seconds(10));
    while (!condition()) {
      if (end.passed()) return false;
      std::this_thread::yield();
    }
    return true;
  }

  mcp::testing::FakeTools tools_;
  std::unique_ptr<mcp::Server> server_ = mcp::testing::make_fake_server(tools_);
  std::unique_ptr<Listener> listener_;
};

}  // namespace dbops::http::testing
