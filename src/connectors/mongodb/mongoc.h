// libmongoc, loaded when the first MongoDB is spoken to. It starts when it is loaded: its TLS, its
// SASL and all plugins of that, which takes longer and more memory than the rest of this program.
#pragma once

#include <mongoc/mongoc.h>

#include "base/result.h"

namespace dbops::mongodb {

// The functions of libmongoc that are used here, under their names without `mongoc_`.
#define DBOPS_MONGOC(F)                  \
  F(client_command_with_opts)            \
  F(client_destroy)                      \
  F(client_get_uri)                      \
  F(client_new_from_uri_with_error)      \
  F(client_read_command_with_opts)       \
  F(client_reset)                        \
  F(client_select_server)                \
  F(client_session_advance_cluster_time) \
  F(client_session_append)               \
  F(client_session_destroy)              \
  F(client_session_get_lsid)             \
  F(client_set_error_api)                \
  F(client_set_stream_initiator)         \
  F(client_start_session)                \
  F(client_write_command_with_opts)      \
  F(get_version)                         \
  F(log_set_handler)                     \
  F(read_prefs_get_mode)                 \
  F(server_description_destroy)          \
  F(server_description_hello_response)   \
  F(server_description_host)             \
  F(server_description_id)               \
  F(session_opts_destroy)                \
  F(session_opts_new)                    \
  F(session_opts_set_causal_consistency) \
  F(uri_destroy)                         \
  F(uri_get_read_prefs_t)                \
  F(uri_new_with_error)                  \
  F(uri_set_password)                    \
  F(uri_set_username)

struct Mongoc {
#define DBOPS_MEMBER(name) decltype(&::mongoc_##name) name = nullptr;
  DBOPS_MONGOC(DBOPS_MEMBER)
#undef DBOPS_MEMBER
};

// Loads it, once for the process. Code::unsupported: it is not installed, or is another version.
// From any thread.
Result<void> load_mongoc();

// REQUIRES: load_mongoc() went well.
const Mongoc& mongoc() noexcept;

}  // namespace dbops::mongodb
