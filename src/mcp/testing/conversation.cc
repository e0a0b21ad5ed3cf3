#include "mcp/testing/conversation.h"

#include <gtest/gtest.h>

#include "mcp/testing/fake_tools.h"

namespace dbops::mcp::testing {

namespace json = boost::json;

Caller caller_with(std::string_view scope, std::string principal) {
  auto grants = std::make_shared<Grants>();
  EXPECT_TRUE(grants->add(scope));
  return {.principal = std::move(principal), .grants = std::move(grants)};
}

std::shared_ptr<Recorder> Conversation::send(std::string_view text, bool can_send) {
  auto recorder = std::make_shared<Recorder>(can_send);
  auto incoming = parse_incoming(text);
  if (incoming)
    server_.receive(std::move(*incoming), client_, recorder);
  else
    recorder->finish({.body = error_frame({}, incoming.error())});
  return recorder;
}

json::value Conversation::ask(std::string_view text) {
  const std::string body = send(text)->reply().body;
  return body.empty() ? json::value() : parse(body);
}

void Conversation::begin(std::string_view revision, std::string_view capabilities) {
  const json::value answer = ask(initialize(revision, capabilities));
  EXPECT_EQ(code_of(answer), 0) << answer;
  send(notification("notifications/initialized"));
}

json::value parse(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value ? std::move(*value) : json::value();
}

int64_t code_of(const json::value& answer) {
  json::error_code missing;
  const json::value* code = answer.find_pointer("/error/code", missing);
  return code != nullptr ? code->as_int64() : 0;
}

std::string text_of(const json::value& answer) {
  json::error_code missing;
  const json::value* text = answer.find_pointer("/result/content/0/text", missing);
  return text != nullptr ? std::string(text->as_string()) : std::string();
}

}  // namespace dbops::mcp::testing
