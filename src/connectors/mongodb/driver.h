// What of libmongoc a link is made of: its objects with their owners, and the URL as it is to have
// it.
#pragma once

#include <mongoc/mongoc.h>

#include <memory>

#include "connectors/mongodb/target.h"

namespace dbops::mongodb {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};
using Uri = std::unique_ptr<mongoc_uri_t, Free<mongoc_uri_destroy>>;
using Client = std::unique_ptr<mongoc_client_t, Free<mongoc_client_destroy>>;
using ClientSession = std::unique_ptr<mongoc_client_session_t, Free<mongoc_client_session_destroy>>;
using Description =
    std::unique_ptr<mongoc_server_description_t, Free<mongoc_server_description_destroy>>;

// Once for the process, before anything else of libmongoc is called: what it writes to stderr is no
// log of ours.
void start_driver();

// The URL with its secrets. Code::invalid_config for what the driver doesn't take.
Result<Uri> make_uri(const Target& target);

}  // namespace dbops::mongodb
