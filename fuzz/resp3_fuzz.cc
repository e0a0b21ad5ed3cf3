// Replies do not depend on how the bytes were cut, are trees that hold together, take no more
// memory than arrived, and come back when they are written again.
#include <bit>
#include <vector>

#include "base/text.h"
#include "fuzz/check.h"
#include "wire/resp3.h"

using namespace dbops;

namespace {

// A node's value as bits, whatever it is; without where its text stands.
uint64_t bits(const RespReply& reply, size_t index) {
  const RespNode& node = reply.nodes[index];
  if (node.type == RespType::real) return std::bit_cast<uint64_t>(node.real);
  const bool number = node.type == RespType::integer || node.type == RespType::boolean;
  return number ? std::bit_cast<uint64_t>(node.integer) : 0;
}

bool has_text(RespType type) {
  return type == RespType::big_number || type == RespType::status || type == RespType::bulk ||
         type == RespType::verbatim || type == RespType::error;
}

bool same(const RespReply& a, const RespReply& b) {
  if (a.nodes.size() != b.nodes.size()) return false;
  for (size_t i = 0; i < a.nodes.size(); ++i) {
    const RespNode& x = a.nodes[i];
    const RespNode& y = b.nodes[i];
    if (x.type != y.type || x.nodes != y.nodes || x.size != y.size) return false;
    if (bits(a, i) != bits(b, i)) return false;
    if (has_text(x.type) && a.text(x) != b.text(y)) return false;
  }
  return true;
}

struct Decoded {
  std::vector<RespReply> replies;
  std::optional<Code> error;
};

Decoded decoded(std::string_view bytes, size_t piece) {
  RespDecoder decoder;
  Decoded all;
  while (!bytes.empty()) {
    decoder.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      auto reply = decoder.next();
      if (!reply) {
        all.error = reply.error().code;
        return all;
      }
      if (!*reply) break;
      all.replies.push_back(std::move(**reply));
    }
  }
  return all;
}

// Children fill their parent exactly, and nothing lies outside of the root.
void check_tree(const RespReply& reply) {
  check(!reply.nodes.empty() && reply.nodes[0].nodes == reply.nodes.size());
  for (size_t i = 0; i < reply.nodes.size(); ++i) {
    const RespNode& node = reply.nodes[i];
    if (has_text(node.type)) check(node.size <= reply.texts.size() - node.offset);
    if (node.type < RespType::array) {
      check(node.nodes == 1);
      continue;
    }
    size_t child = i + 1;
    for (uint32_t n = 0; n < node.size; ++n) child += reply.nodes.at(child).nodes;
    check(child == i + node.nodes);
  }
}

void write_text(std::string& out, char type, std::string_view text) {
  append_number(out += type, uint64_t{text.size()});
  out.append("\r\n").append(text);
}

void write(std::string& out, const RespReply& reply, const RespNode& node) {
  switch (node.type) {
    case RespType::null:
      out += '_';
      break;
    case RespType::boolean:
      out += node.integer == 1 ? "#t" : "#f";
      break;
    case RespType::integer:
      append_number(out += ':', node.integer);
      break;
    case RespType::real:
      if (node.real - node.real == 0)
        append_number(out += ',', node.real);
      else if (node.real != node.real)
        out += std::bit_cast<int64_t>(node.real) < 0 ? ",-nan" : ",nan";
      else
        out += node.real < 0 ? ",-inf" : ",inf";
      break;
    case RespType::big_number:
      out.append("(").append(reply.text(node));
      break;
    case RespType::status:
      out.append("+").append(reply.text(node));
      break;
    case RespType::bulk:
      write_text(out, '$', reply.text(node));
      break;
    case RespType::verbatim:
      write_text(out, '=', std::string(reply.format(node)).append(":").append(reply.text(node)));
      break;
    case RespType::error:
      write_text(out, '!', reply.text(node));
      break;
    case RespType::array:
    case RespType::map:
    case RespType::set:
    case RespType::push: {
      const char type =
          "*%~>"[static_cast<size_t>(node.type) - static_cast<size_t>(RespType::array)];
      const uint64_t count = node.type == RespType::map ? node.size / 2 : node.size;
      append_number(out += type, count);
      break;
    }
  }
  out += "\r\n";
}

// A reply that is read value by value is the same one.
void check_streamed(const std::string& written, const RespReply& reply) {
  RespDecoder decoder;
  std::optional<RespHead> head;
  size_t fed = 0;
  const auto feed = [&] {
    check(fed < written.size());
    decoder.feed(std::string_view(written).substr(fed++, 1));
  };
  while (!head) {
    auto next = decoder.next_head();
    check(next.has_value());
    head = *next;
    if (!head) feed();
  }
  const RespType type = reply.nodes[0].type;
  const bool streams = type == RespType::array || type == RespType::map || type == RespType::set;
  check(streams == (head->type != RespType::null) && head->push == (type == RespType::push));
  size_t nodes = streams ? 1 : 0;
  std::string texts;
  for (uint64_t left = head->values; left > 0;) {
    auto value = decoder.next();
    check(value.has_value());
    if (!*value) {
      feed();
      continue;
    }
    --left;
    nodes += (*value)->nodes.size();
    texts += (*value)->texts;
  }
  check(nodes == reply.nodes.size() && texts.size() == reply.texts.size() && fed == written.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = as_text(data, size);
  const Decoded all = decoded(bytes, SIZE_MAX);
  for (const size_t piece : {size_t{1}, size_t{7}}) {
    const Decoded pieces = decoded(bytes, piece);
    check(pieces.error == all.error && pieces.replies.size() == all.replies.size());
    for (size_t i = 0; i < all.replies.size(); ++i) check(same(pieces.replies[i], all.replies[i]));
  }
  size_t nodes = 0;
  size_t texts = 0;
  for (const RespReply& reply : all.replies) {
    check_tree(reply);
    nodes += reply.nodes.size();
    texts += reply.texts.size();
    std::string written;
    for (const RespNode& node : reply.nodes) write(written, reply, node);
    check_streamed(written, reply);
    const Decoded again = decoded(written, SIZE_MAX);
    check(!again.error && again.replies.size() == 1 && same(again.replies[0], reply));
  }
  constexpr size_t kNodeBytes = 3;  // "_\r\n"
  check(nodes <= size / kNodeBytes && texts <= size);

  const std::vector<std::string_view> words = {bytes, "", bytes.substr(size / 2)};
  std::string command;
  check(append_command(command, words).has_value());
  const Decoded read = decoded(command, SIZE_MAX);
  check(read.replies.size() == 1 && read.replies[0].nodes.size() == words.size() + 1);
  for (size_t i = 0; i < words.size(); ++i)
    check(read.replies[0].text(read.replies[0].nodes[i + 1]) == words[i]);
  return 0;
}
