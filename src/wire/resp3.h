// RESP, the protocol of Redis and Valkey: version 2 and 3, which is a superset. Sans-io: commands
// in, bytes out; bytes in, replies out. Streamed replies ("$?", "*?"), which the specification has
// and no server sends, are refused.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dbops {

inline constexpr size_t kRespLineBytesMax = 64u << 10;    // bytes of a line, such as an error
inline constexpr size_t kRespBulkBytesMax = 128u << 20;   // bytes of one string, either way
inline constexpr size_t kRespReplyBytesMax = 256u << 20;  // bytes of all strings of one reply
inline constexpr size_t kRespElementsMax = 4u << 20;      // values in one reply, at all depths
inline constexpr uint64_t kRespStreamedMax = 1ull << 32;  // values in one that is read as it comes
inline constexpr size_t kRespDepthMax = 128;              // aggregates inside each other
inline constexpr size_t kRespWordsMax = 1u << 20;         // words of a command; Redis' own bound

enum class RespType : uint8_t {
  null,        // "_", and version 2's "$-1" and "*-1"
  boolean,     // `integer` is 0 or 1
  integer,     //
  real,        // A double, with both infinities and NaN.
  big_number,  // Of any size: its digits are its text.
  status,      // "+OK": a word of the server, not data.
  bulk,        // A string: any bytes.
  verbatim,    // A string with a format of three letters: "txt", "mkd".
  error,       // "-" or "!": the text starts with its code, "WRONGTYPE ...".
  array,
  map,   // Its children are keys and values in turn.
  set,   //
  push,  // What the server says unasked; answers no command.
};

struct RespNode {
  RespType type = RespType::null;
  uint32_t nodes = 1;  // Itself and all below: the next on its level stands so much further on.
  uint32_t size = 0;   // Bytes of its text, or its children.
  union {
    int64_t integer = 0;
    double real;
    size_t offset;  // Of its text in RespReply::texts.
  };
};

// A whole reply in two pieces of memory, however deep it is: values in the order in which they
// came, each aggregate before its children. nodes[0] is the reply itself.
struct RespReply {
  std::vector<RespNode> nodes;
  std::string texts;

  // Of a node that has one: bytes as the server sent them, and untrusted.
  std::string_view text(const RespNode& node) const {
    return std::string_view(texts).substr(node.offset, node.size);
  }
  // Three letters. REQUIRES: a verbatim string.
  std::string_view format(const RespNode& node) const;
};

// The start of a reply that is read as it comes.
struct RespHead {
  RespType type =
      RespType::null;   // array, map or set; null: anything else, none of which is taken.
  uint64_t values = 1;  // How many next() answers until the reply is over.
  bool push = false;    // It is a push, and the reply comes behind it.
};

// Appends a command as every server takes it. The words are any bytes. Code::invalid_argument
// without a word, Code::too_large beyond the bounds above; then nothing is appended.
Result<void> append_command(std::string& out, std::span<const std::string_view> words);

//   fed, not yet decoded   |=======-----------|   `=` is decoded; freed by the next feed()
//   scanned for line ends  |^^^^^^^^^^            |   so that bytes that trickle in are looked at
//   once
//
// Takes bytes in any cut, and keeps no more memory than has arrived, whatever a length promises.
// Attributes, which may stand before any value, are read and left out. After an error it is dead,
// as the link is: every later call answers the same error. What the server did is for the caller to
// say: the error's effect is not set.
class RespDecoder {
 public:
  void feed(std::string_view bytes);
  // The next reply or push; nullopt when it needs more bytes. Code::too_large beyond the bounds
  // above, Code::unsupported for a streamed reply, Code::protocol for what isn't RESP.
  Result<std::optional<RespReply>> next();
  // Takes only the head of the next reply where that is an array, map or set; next() then answers
  // its values one by one (a map's keys and values in turn), so that no more than one is held.
  // REQUIRES: no reply is begun. Fails as next() does, beyond kRespStreamedMax too.
  Result<std::optional<RespHead>> next_head();

 private:
  // An aggregate that lacks children.
  struct Open {
    uint64_t missing;
    bool attribute;
    size_t nodes;  // How many there were before it, and bytes of text.
    size_t texts;
  };

  tl::unexpected<Error> die(Error error);
  Result<std::optional<RespHead>> take_head();
  Result<bool> advance();
  Result<std::optional<std::string_view>> next_line();
  Result<bool> take_line(std::string_view line);
  Result<bool> take_scalar(char type, std::string_view rest);
  Result<bool> take_bulk_header(char type, std::string_view rest);
  Result<bool> take_aggregate(char type, std::string_view rest);
  Result<bool> take_bulk();
  void add(RespType type, uint64_t size = 0);
  Result<void> add_text(RespType type, std::string_view text);
  Result<void> claim_bytes(uint64_t bytes);
  bool close_value();

  std::string buffer_;
  size_t cursor_ = 0;
  size_t scanned_ = 0;

  RespReply reply_;                  // Being put together.
  std::vector<Open> open_;           // From the outermost to the innermost.
  std::optional<size_t> bulk_left_;  // Bytes that the string being read lacks.
  size_t elements_ = 1;              // Of this reply as announced, with what attributes hold.
  size_t bytes_ = 0;                 // The same for its strings.
  std::optional<Error> failed_;
};

}  // namespace dbops
