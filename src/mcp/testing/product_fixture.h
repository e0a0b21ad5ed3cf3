// What the tests of the product's tools share: the product over the fake connector, and a modern
// client that calls its tools.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "fakes/ops_fixture.h"
#include "mcp/product.h"
#include "mcp/testing/conversation.h"
#include "mcp/testing/fake_tools.h"

namespace dbops::mcp::testing {

class ProductTest : public ops::OpsTest {
 protected:
  boost::json::value call(std::string_view tool, std::string_view arguments,
                          std::string_view capabilities = "{}") {
    return talk_.ask(modern("1", "tools/call", call_params(tool, arguments), capabilities));
  }
  static const boost::json::value& structure(const boost::json::value& answer) {
    return answer.at_pointer("/result/structuredContent");
  }
  static std::string error_of(const boost::json::value& answer) {
    boost::json::error_code none;
    const auto* code = answer.find_pointer("/result/structuredContent/error/code", none);
    return code != nullptr ? std::string(code->as_string()) : std::string();
  }

  std::unique_ptr<Server> product_ = make_product_server(workspace_, {});
  Conversation talk_{*product_};
};

}  // namespace dbops::mcp::testing
