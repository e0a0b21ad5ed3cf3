#pragma once

#include "contract/quirks.h"

namespace dbops::contract {

// The server's indices but for `numbers`, whose million documents stay for the tests to come.
std::unique_ptr<Sandbox> make_elasticsearch_database();
std::vector<BadTarget> elasticsearch_bad_targets(const Sandbox& sandbox);
ConnectionOptions elasticsearch_on_port(const Sandbox& sandbox, uint16_t port);
ConnectionOptions elasticsearch_over_tls(const Sandbox& sandbox);
std::vector<TypeCase> elasticsearch_types();
std::vector<Attempt> elasticsearch_attempts();

}  // namespace dbops::contract
