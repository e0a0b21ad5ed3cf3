// What the line of a request asks for: which host, which path.
#include "front/http/testing/http_fixture.h"

namespace dbops::http {
namespace {

using mcp::testing::modern;
using testing::Answer;
using testing::Fields;
using testing::HttpClient;
using testing::modern_fields;

class TargetTest : public testing::HttpTest {
 protected:
  Answer raw(std::string_view bytes) {
    HttpClient client = connect();
    client.send(bytes);
    return client.receive();
  }
};

// RFC 9112, section 3.2.2: the target says which host is meant, whatever the Host header says.
TEST_F(TargetTest, InAbsoluteForm) {
  start({.allowed_hosts = {"db.example.com", "proxy.example.com:8443"}});
  struct Case {
    const char* target;
    const char* host;
    int status;
  };
  const Case cases[] = {
      {"http://localhost/mcp", "localhost", 200},
      {"HTTP://LOCALHOST/mcp", "localhost", 200},
      {"http://127.0.0.1:7411/mcp?x=y", "127.0.0.1:7411", 200},
      {"http://[::1]:7411/mcp", "[::1]:7411", 200},
      {"http://db.example.com/mcp", "db.example.com", 200},
      {"http://proxy.example.com:8443/mcp", "proxy.example.com:8443", 200},
      {"http://localhost/mcp", "evil.example.com", 200},
      {"http://localhost/mcp", "", 200},
      // Another host.
      {"http://evil.example.com/mcp", "localhost", 421},
      {"http://evil.example.com/mcp", "evil.example.com", 421},
      {"http://proxy.example.com/mcp", "proxy.example.com:8443", 421},
      {"http://%6cocalhost/mcp", "localhost", 421},
      {"http://[::2]/mcp", "localhost", 421},
      {"/mcp", "evil.example.com", 421},
      {"/mcp", "", 421},
      {"/mcp?http://localhost/mcp", "evil.example.com", 421},
      // Another scheme.
      {"https://localhost/mcp", "localhost", 421},
      {"ftp://localhost/mcp", "localhost", 421},
      {"file://localhost/mcp", "localhost", 421},
      // No authority, or none that can be meant.
      {"http:///mcp", "localhost", 400},
      {"http://", "localhost", 400},
      {"http://?x=y", "localhost", 400},
      {"http://:80/mcp", "localhost", 400},
      {"http://localhost:80x/mcp", "localhost", 400},
      {"http://localhost:80:80/mcp", "localhost", 400},
      {"http://[::1/mcp", "localhost", 400},
      {"http://[::1]x/mcp", "localhost", 400},
      {"http://ada@localhost/mcp", "localhost", 400},
      {"http://ada:secret@localhost/mcp", "localhost", 400},
      {"http://localhost@evil.example.com/mcp", "localhost", 400},
      {"http://localhost\\@evil.example.com/mcp", "localhost", 400},
      {"http://localhost#/mcp", "localhost", 400},
      {"http://localhost,evil.example.com/mcp", "localhost", 400},
      // The right host, and another path.
      {"http://localhost", "localhost", 404},
      {"http://localhost/", "localhost", 404},
      {"http://localhost?/mcp", "localhost", 404},
      {"http://localhost//mcp", "localhost", 404},
      {"http://localhost/x/../mcp", "localhost", 404},
      {"http://localhost/mcp#x", "localhost", 404},
      {"http://localhost/http://localhost/mcp", "localhost", 404},
  };
  const std::string body = modern("1", "tools/list");
  for (const Case& each : cases) {
    SCOPED_TRACE(std::string(each.target) + " to " + each.host);
    Fields fields = modern_fields("tools/list");
    fields.emplace_back("Host", each.host);
    const Answer answer = request("POST", fields, body, each.target);
    EXPECT_EQ(answer.status, each.status);
  }
}

TEST_F(TargetTest, HeadersStayWhatTheyAreBesideOneInAbsoluteForm) {
  const std::string line = "GET http://localhost/healthz HTTP/1.";
  EXPECT_EQ(raw(line + "1\r\nHost: localhost\r\n\r\n").status, 200);
  EXPECT_EQ(raw(line + "0\r\n\r\n").status, 200) << "HTTP/1.0 needs no Host";
  EXPECT_EQ(raw(line + "1\r\n\r\n").status, 400);
  EXPECT_EQ(raw(line + "1\r\nHost: localhost\r\nHost: localhost\r\n\r\n").status, 400);
  EXPECT_EQ(raw(line + "1\r\nHost: localhost\r\nOrigin: http://evil.example.com\r\n\r\n").status,
            403);
}

}  // namespace
}  // namespace dbops::http
