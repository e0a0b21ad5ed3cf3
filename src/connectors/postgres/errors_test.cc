#include "connectors/postgres/errors.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

namespace dbops::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Errors, EverySqlstateHasTheCodeOfItsMeaning) {
  const std::pair<std::string_view, Code> cases[] = {{"42601", Code::syntax},
                                                     {"42804", Code::syntax},
                                                     {"42P01", Code::not_found},
                                                     {"42703", Code::not_found},
                                                     {"42883", Code::not_found},
                                                     {"3D000", Code::not_found},
                                                     {"3F000", Code::not_found},
                                                     {"26000", Code::not_found},
                                                     {"42P07", Code::already_exists},
                                                     {"42710", Code::already_exists},
                                                     {"42501", Code::denied},
                                                     {"25006", Code::forbidden},
                                                     {"23505", Code::constraint},
                                                     {"23503", Code::constraint},
                                                     {"2BP01", Code::constraint},
                                                     {"22012", Code::data},
                                                     {"22P02", Code::data},
                                                     {"21000", Code::data},
                                                     {"P0001", Code::data},
                                                     {"40001", Code::conflict},
                                                     {"40P01", Code::conflict},
                                                     {"55P03", Code::busy},
                                                     {"55006", Code::busy},
                                                     {"53100", Code::exhausted},
                                                     {"53300", Code::exhausted},
                                                     {"54001", Code::exhausted},
                                                     {"57014", Code::cancelled},
                                                     {"57P01", Code::disconnected},
                                                     {"57P03", Code::unreachable},
                                                     {"08006", Code::disconnected},
                                                     {"28P01", Code::authentication},
                                                     {"28000", Code::authentication},
                                                     {"0A000", Code::unsupported},
                                                     {"25001", Code::unsupported},
                                                     {"58030", Code::io},
                                                     {"XX001", Code::corrupt},
                                                     {"XX000", Code::internal},
                                                     {"zzzzz", Code::internal},
                                                     {"", Code::internal}};
  for (const auto& [state, code] : cases) EXPECT_EQ(name(code_of(state)), name(code)) << state;
  EXPECT_TRUE(retryable("40001"));
  EXPECT_TRUE(retryable("55P03"));
  EXPECT_TRUE(retryable("57P03"));
  EXPECT_TRUE(retryable("53300"));
  EXPECT_FALSE(retryable("23505"));
  EXPECT_FALSE(retryable("57014"));
}

TEST(Errors, CleanMessagesAreOneLineWithoutSecretsAndControls) {
  const std::vector<Secret> secrets = {Secret("hunter2"), Secret("")};
  EXPECT_EQ(clean("connection to \"hunter2\"\n\tfailed: \x1b[31m\n", secrets),
            "connection to \"***\" failed: \\x1b[31m");
  EXPECT_EQ(clean("", secrets), "");
}

// The words of libpq 15 and of servers, with the verbosity that connect() asks for.
TEST(Errors, TellsWhyAConnectFailed) {
  struct Case {
    std::string_view message;
    ConnStatusType stage;
    Code code;
  };
  for (
      const Case& each : {
          Case{"connection to server at \"127.0.0.1\", port 1 failed: Connection refused\n\tIs the "
               "server running on that host and accepting TCP/IP connections?\n",
               CONNECTION_STARTED, Code::unreachable},
          Case{
              "could not translate host name \"x.invalid\" to address: Name or service not known\n",
              CONNECTION_NEEDED, Code::unknown_host},
          Case{"connection to server at \"h\", port 5432 failed: FATAL:  28P01: password "
               "authentication failed for user \"u\"\nLOCATION:  auth_failed, auth.c:335\n",
               CONNECTION_AWAITING_RESPONSE, Code::authentication},
          Case{"connection to server at \"h\", port 5432 failed: FATAL:  28P01: Passwort-"
               "Authentifizierung fehlgeschlagen\n",
               CONNECTION_AWAITING_RESPONSE, Code::authentication},
          Case{"connection to server at \"h\", port 5432 failed: fe_sendauth: no password "
               "supplied\n",
               CONNECTION_AWAITING_RESPONSE, Code::authentication},
          Case{
              "connection to server at \"h\", port 5432 failed: FATAL:  3D000: database \"x\" does "
              "not exist\n",
              CONNECTION_AUTH_OK, Code::not_found},
          Case{"connection to server at \"h\", port 5432 failed: FATAL:  53300: sorry, too many "
               "clients already\n",
               CONNECTION_AWAITING_RESPONSE, Code::exhausted},
          Case{
              "connection to server at \"h\", port 5432 failed: FATAL:  57P03: the database system "
              "is starting up\n",
              CONNECTION_AWAITING_RESPONSE, Code::unreachable},
          Case{"connection to server at \"h\", port 5432 failed: FATAL:  28000: no pg_hba.conf "
               "entry "
               "for host \"h\", user \"u\", database \"d\", no encryption\n",
               CONNECTION_AWAITING_RESPONSE, Code::tls},
          Case{"connection to server at \"h\", port 5432 failed: server certificate for \"a\" does "
               "not match host name \"h\"\n",
               CONNECTION_SSL_STARTUP, Code::tls},
          Case{"connection to server at \"h\", port 5432 failed: SSL error: certificate verify "
               "failed\n",
               CONNECTION_SSL_STARTUP, Code::tls},
          Case{"connection to server at \"h\", port 5432 failed: server does not support SSL, but "
               "SSL was required\n",
               CONNECTION_MADE, Code::tls},
          Case{"root certificate file \"/x/ca.crt\" does not exist\n", CONNECTION_MADE, Code::tls},
          Case{"connection to server at \"h\", port 5432 failed: session is read-only\n",
               CONNECTION_CHECK_WRITABLE, Code::unreachable},
          Case{"definition of service \"x\" not found\n", CONNECTION_NEEDED, Code::invalid_config},
          Case{"invalid port number: \"99999\"\n", CONNECTION_NEEDED, Code::invalid_config},
      }) {
    const Error error = connect_error(each.message, each.stage, {});
    EXPECT_EQ(name(error.code), name(each.code)) << each.message;
    EXPECT_TRUE(error.session_broken);
    EXPECT_THAT(error.message, Not(HasSubstr("\n")));
    EXPECT_THAT(error.message, Not(HasSubstr("LOCATION")));
  }
  EXPECT_EQ(connect_error("FATAL:  28P01: no\n", CONNECTION_STARTED, {}).native_code, "28P01");
  // Nothing twice: the state has a place of its own, and so has the next step.
  EXPECT_EQ(connect_error("FATAL:  28P01: no\n", CONNECTION_STARTED, {}).message, "no");
  EXPECT_EQ(connect_error("connection to server at \"h\", port 1 failed: FATAL:  3D000: database "
                          "\"x\" does not exist\n",
                          CONNECTION_STARTED, {})
                .message,
            "connection to server at \"h\", port 1 failed: database \"x\" does not exist");
  EXPECT_EQ(connect_error("connection to server at \"h\", port 1 failed: Connection refused\n\tIs "
                          "the server running on that host and accepting TCP/IP connections?\n",
                          CONNECTION_STARTED, {})
                .message,
            "connection to server at \"h\", port 1 failed: Connection refused");
  EXPECT_TRUE(connect_error("Connection refused", CONNECTION_STARTED, {}).retryable);
  EXPECT_FALSE(connect_error("FATAL:  28P01: no\n", CONNECTION_STARTED, {}).retryable);
}

TEST(Errors, ALostLinkIsBrokenAndMayBeTriedAgain) {
  const Error error = link_error("server closed the connection unexpectedly\n", {});
  EXPECT_EQ(error.code, Code::disconnected);
  EXPECT_TRUE(error.session_broken);
  EXPECT_TRUE(error.retryable);
  EXPECT_EQ(error.effect, Effect::none);
}

}  // namespace
}  // namespace dbops::postgres
