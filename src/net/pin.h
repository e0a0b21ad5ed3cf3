// A certificate that is known by its fingerprint, in place of trusted authorities.
#pragma once

#include <openssl/types.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace dbops {

// The SHA-256 of a certificate as tools print it, "AB:CD:..." or without colons, as 64 small hex
// digits. Code::invalid_config for anything else.
Result<std::string> read_fingerprint(std::string_view text);

// From here on a server is believed where it shows the certificate of that fingerprint: as its own,
// or as one that has signed its own. Its host and its days are checked as ever. REQUIRES:
// `fingerprint` is one that read_fingerprint() answered, and outlives the context.
void trust_only(SSL_CTX* context, const std::string& fingerprint);

}  // namespace dbops
