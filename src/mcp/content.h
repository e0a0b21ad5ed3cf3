// What the results of tools, the messages of prompts and the contents of resources are made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/json.h"
#include "mcp/revision.h"

namespace dbops::mcp {

inline constexpr std::string_view kNextKey = "dbops/next";  // in _meta of contents

struct Text {
  std::string text;
};
struct Media {
  enum class Kind : uint8_t { image, audio };
  Kind kind = Kind::image;
  std::string mime_type;
  std::string bytes;
};
// A resource, or one of the things that stand in it.
struct ResourceContents {
  std::string uri;
  std::string mime_type = {};
  std::string data = {};  // UTF-8, or any bytes when `binary`.
  bool binary = false;
  std::string next = {};  // The URI of what follows; empty: nothing.
};
// Names a resource without its contents; it need not stand in resources/list.
struct ResourceLink {
  std::string uri;
  std::string name;
  std::string title = {};
  std::string description = {};
  std::string mime_type = {};
  std::optional<int64_t> size = {};  // bytes
};
using Content = std::variant<Text, Media, ResourceContents, ResourceLink>;

// One content block of text, which may be large.
void write_text(std::string_view text, JsonWriter& out);
// One content block. What a revision does not know yet becomes a text that says what it is.
void write_content(const Content& content, Revision revision, JsonWriter& out);
// One of the contents of resources/read.
void write_contents(const ResourceContents& contents, JsonWriter& out);

}  // namespace dbops::mcp
