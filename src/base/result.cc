#include "base/result.h"

namespace dbops {

tl::unexpected<Error> fail(Error&& error) { return tl::unexpected<Error>(std::move(error)); }

tl::unexpected<Error> fail(const Error& error) { return tl::unexpected<Error>(error); }

tl::unexpected<Error> fail(Code code, std::string message, std::string hint) {
  return fail(Error{.code = code, .message = std::move(message), .hint = std::move(hint)});
}

}  // namespace dbops
