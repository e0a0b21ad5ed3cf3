// A client's configuration file as text that is changed in place: what is not ours keeps its bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace dbops::app {

// What is written for one server: names and values in their order.
using EntryValue = std::variant<std::string, std::vector<std::string>>;
using Entry = std::vector<std::pair<std::string, EntryValue>>;

// What the client's own parser takes.
enum class Syntax { json, json_with_comments, toml };

class Document {
 public:
  virtual ~Document() = default;
  // Code::syntax, with the line, for what is not of that syntax, and for JSON that a client may
  // read all the same (base/json.h); Code::too_large. Blank text is an empty document. `section`:
  // the table that holds the servers.
  static Result<std::unique_ptr<Document>> parse(Syntax syntax, std::string text,
                                                 std::string section);

  // The entry in one spelling, whatever its layout; nullopt where there is none.
  virtual std::optional<std::string> entry(std::string_view name) const = 0;
  // All but the entry, in one spelling: what a change must leave alone.
  virtual std::string rest(std::string_view name) const = 0;
  virtual bool has_section() const = 0;
  // Nothing is in it but blanks.
  virtual bool blank() const = 0;

  // The text with the entry put in, in the place of one of that name or behind the last one.
  // Code::unsupported where the file is written in a way that can't be added to.
  virtual Result<std::string> put(std::string_view name, const Entry& entry) const = 0;
  // The text without the entry, and without its section where that is left empty and
  // `with_section`. REQUIRES: the entry is there.
  virtual Result<std::string> take(std::string_view name, bool with_section) const = 0;
};

}  // namespace dbops::app
