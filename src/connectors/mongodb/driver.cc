#include "connectors/mongodb/driver.h"

namespace dbops::mongodb {

Result<Uri> make_uri(const Target& target) {
  DBOPS_TRY(load_mongoc());
  bson_error_t error{};
  Uri uri(mongoc().uri_new_with_error(target.driver_url().c_str(), &error));
  // Its message may quote the URL's options, which hold no secret that it has seen.
  if (!uri ||
      (!target.user.empty() && !mongoc().uri_set_username(uri.get(), target.user.c_str())) ||
      (!target.password.empty() &&
       !mongoc().uri_set_password(uri.get(), std::string(target.password.reveal()).c_str())))
    return fail(Code::invalid_config, "the URL can't be used: " + redact_url(error.message),
                "write mongodb://user:password@host:27017/database?authSource=admin");
  return uri;
}

}  // namespace dbops::mongodb
