// Whom a certificate is for, where that is a user's name.
#pragma once

#include <string>

#include "base/result.h"

namespace dbops {

// The subject of the first certificate in a PEM file, as RFC 2253 writes it: "CN=ann,O=Example".
// Code::tls: there is none to be read.
Result<std::string> certificate_subject(const std::string& file);

}  // namespace dbops
