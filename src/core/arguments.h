// One declaration of what a tool or an operation takes, from which come its JSON Schema, its reader
// and its errors.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "core/parameters.h"

namespace dbops {

inline constexpr size_t kTextsMax = 1000;              // items of one `texts`
inline constexpr size_t kParameterNameBytesMax = 256;  // bytes of a named parameter's name

enum class ArgumentType : uint8_t {
  text,     // string
  integer,  // integer
  boolean,  // boolean
  choice,   // string, one of `choices`
  texts,    // array of strings
  values,   // array of scalars, for statement parameters; an item {"name": ..., "value": ...} is a
            // named one, {"base64": ...} bytes, any other object or array a JSON text
  object,   // an object, read further by whoever asked for it
};

struct Argument {
  std::string_view name;
  ArgumentType type = ArgumentType::text;
  std::string_view description;  // One line.
  bool required = false;
  std::vector<std::string_view> choices = {};
  int64_t minimum = 0;  // Of an integer.
  int64_t maximum = kJsonIntegerMax;
  size_t bytes_max = 4096;  // Of a text, or of each of `texts`.
};

// The values read for one call. Getters answer nullopt, empty or false where the argument was not
// given.
class Arguments {
 public:
  bool has(std::string_view name) const;
  std::string text(std::string_view name) const;
  std::optional<int64_t> integer(std::string_view name) const;
  bool boolean(std::string_view name, bool fallback = false) const;
  std::vector<std::string> texts(std::string_view name) const;
  Parameters take_values(std::string_view name);    // Moves them out.
  std::string object(std::string_view name) const;  // As JSON text; "{}" where not given.

 private:
  friend Result<Arguments> read_arguments(std::span<const Argument>, const boost::json::object&);
  using Given = std::variant<std::string, int64_t, bool, std::vector<std::string>, Parameters>;
  template <class T>
  const T* find(std::string_view name) const;  // nullptr where there is none of that type.
  // By the names of the declaration, which outlives what was given.
  std::vector<std::pair<std::string_view, Given>> given_;
};

// Code::invalid_argument for the first unknown (with the nearest right name), missing, mistyped or
// out-of-bounds one: the message names the argument, what it was and what it must be. A null is as
// if not given. An integer written as 5.0 is 5.
Result<Arguments> read_arguments(std::span<const Argument> declared,
                                 const boost::json::object& given);

// The JSON Schema (2020-12, plain enough for every client: no unions, no type arrays) of an object
// of these.
void write_schema(std::span<const Argument> declared, JsonWriter& out);

}  // namespace dbops
