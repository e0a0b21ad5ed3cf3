#include "front/http/guard.h"

#include <gtest/gtest.h>

namespace dbops::http {
namespace {

const Guard kGuard({"db.example.com", "proxy.example.com:8443", "192.0.2.7"},
                   {"https://app.example.com"});

TEST(Guard, Hosts) {
  for (const char* host : {"localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:65535", "127.1.2.3",
                           "[::1]", "[::1]:7411", "db.example.com", "DB.example.com:1",
                           "proxy.example.com:8443", "192.0.2.7", "192.0.2.7:7411"})
    EXPECT_TRUE(kGuard.allows_host(host)) << host;
  for (const char* host : {"",
                           ":80",
                           "evil.example.com",
                           "evil.example.com:7411",
                           "localhost.evil.example.com",
                           "127.0.0.1.evil.example.com",
                           "proxy.example.com",
                           "proxy.example.com:80",
                           "192.0.2.8",
                           "localhost:",
                           "localhost:80x",
                           "localhost:80:80",
                           "[::1",
                           "[::1]x",
                           "[::1]80",
                           "[::2]",
                           "0.0.0.0",
                           "[::ffff:127.0.0.1]",
                           "128.0.0.1",
                           "localhost@evil.example.com"})
    EXPECT_FALSE(kGuard.allows_host(host)) << host;
  EXPECT_FALSE(kGuard.allows_host(std::nullopt));
}

TEST(Guard, Origins) {
  EXPECT_TRUE(kGuard.allows_origin(std::nullopt));
  for (const char* origin : {"http://localhost", "http://localhost:6274", "https://127.0.0.1:1",
                             "http://[::1]:3000", "https://app.example.com"})
    EXPECT_TRUE(kGuard.allows_origin(origin)) << origin;
  for (const char* origin :
       {"", "null", "http://evil.example.com", "http://localhost.evil.example.com",
        "https://app.example.com:444", "http://app.example.com", "https://app.example.com.evil",
        "file://", "chrome-extension://localhost", "http://localhost@evil.example.com"})
    EXPECT_FALSE(kGuard.allows_origin(origin)) << origin;
}

}  // namespace
}  // namespace dbops::http
