// The way to a server under libmongoc: our own connections, so that a cancel or a deadline ends any
// wait, and each failure keeps its code.
#pragma once

#include <mongoc/mongoc.h>

#include <optional>
#include <string>
#include <vector>

#include "net/tls.h"
#include "net/transport.h"

namespace dbops::mongodb {

// What all connections of one client share. Used by one thread at a time; must outlive the client.
struct Wire {
  std::optional<TlsOptions> tls = {};
  const Context* context = nullptr;      // Of the call that runs; nullptr: nothing may be sent.
  bool sent = false;                     // Something, since the owner cleared it.
  bool choosing = false;                 // A member of a set is looked for.
  std::optional<Error> failure = {};     // The first that a connection met.
  const Transport* last = nullptr;       // That something was sent by; nullptr once it is closed.
  std::string transport = {};            // "plain", "TLSv1.3" of the last that was opened.
  std::vector<std::string> opened = {};  // Hosts. None is opened twice: a cut link stays cut.

  void fail_with(Error error);
};

// A mongoc_stream_initiator_t; `wire` is a Wire.
mongoc_stream_t* open_stream(const mongoc_uri_t* uri, const mongoc_host_list_t* host, void* wire,
                             bson_error_t* error);

}  // namespace dbops::mongodb
