// Resources: resources/list, resources/templates/list and resources/read over lists of
// declarations; resources/subscribe and resources/unsubscribe where resources may change.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mcp/completions.h"
#include "mcp/content.h"
#include "mcp/server.h"

namespace dbops::mcp {

inline constexpr size_t kUriBytesMax = 8u << 10;  // bytes of a resource's URI

// The contents, never none; or what the client must answer first; or why there are none.
using ReadOutcome = std::variant<std::vector<ResourceContents>, Questions, Failure>;

struct Resource {
  std::string uri;
  std::string name;
  std::string title = {};
  std::string description = {};
  std::string mime_type = {};
  std::optional<int64_t> size = {};  // bytes
  std::function<ReadOutcome(Call&)> read;
};

// A family of resources. The template is RFC 6570 with `{name}` (one segment) and, as its last
// part, `{+name}` (all the rest).
struct ResourceTemplate {
  std::string uri_template;
  std::string name;
  std::string title = {};
  std::string description = {};
  std::string mime_type = {};
  std::function<ReadOutcome(Call&, const Variables&)> read;
  std::map<std::string, Completer, std::less<>> completers = {};  // By variable.
};

// Which resources can be subscribed to, by whom.
struct Watching {
  // Whether there are any for this caller.
  std::function<bool(const Context&)> any;
  // From here on changes of that one are announced, or why not. May block.
  std::function<tl::expected<void, Failure>(const Context&, std::string_view uri)> begin;
};

struct ResourceLists {
  // Called for each request: what is there may depend on who asks. Must not block.
  std::function<std::vector<Resource>(const Context&)> resources;
  std::vector<ResourceTemplate> templates;
  Watching watching = {};  // Empty: where the server has subscriptions, any that a client names.
  std::chrono::milliseconds read_life{0};  // How long contents may be cached, by this client alone.
};

// Shows them in this order; a resource goes before a template that would match its URI.
void add_resources(Server& server, ResourceLists lists, Completions& completions);

// The variables of a URI that a template matches, percent-decoded; nullopt where it does not.
std::optional<Variables> match_template(std::string_view uri_template, std::string_view uri);
// The names of a template's variables.
std::vector<std::string> variables_of(std::string_view uri_template);

// By the code of the call's revision, with the URI as its data.
Failure resource_not_found(const Call& call, std::string_view uri, std::string_view why = {});

}  // namespace dbops::mcp
