// What of libmongoc a link is made of: its objects with their owners, and the URL as it is to have
// it.
#pragma once

#include <memory>

#include "connectors/mongodb/mongoc.h"
#include "connectors/mongodb/target.h"
#include "core/catalog.h"

namespace dbops::mongodb {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const noexcept {
    (mongoc().*kFree)(object);
  }
};
using Uri = std::unique_ptr<mongoc_uri_t, Free<&Mongoc::uri_destroy>>;
using Client = std::unique_ptr<mongoc_client_t, Free<&Mongoc::client_destroy>>;
using ClientSession =
    std::unique_ptr<mongoc_client_session_t, Free<&Mongoc::client_session_destroy>>;
using Description =
    std::unique_ptr<mongoc_server_description_t, Free<&Mongoc::server_description_destroy>>;

// The URL with its secrets. Code::invalid_config for what the driver doesn't take, and the code of
// load_mongoc().
Result<Uri> make_uri(const Target& target);

}  // namespace dbops::mongodb
