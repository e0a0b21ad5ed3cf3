// A certificate that has signed itself, for tests.
#pragma once

#include <string>

namespace dbops::http::testing {

// Writes PATH.crt and PATH.key, of localhost, valid from a minute ago for an hour.
void make_certificate(const std::string& path);

}  // namespace dbops::http::testing
