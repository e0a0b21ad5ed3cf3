#include "app/section.h"

#include <algorithm>

#include "app/amounts.h"
#include "base/text.h"

namespace dbops::app {
namespace {

constexpr size_t kShownBytes = 80;  // of a value that a message quotes

std::string quoted(std::string_view text) {
  return '"' + escape_control(shorten(text, kShownBytes)) + '"';
}

}  // namespace

const Node* Section::any(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  for (const auto& [member, node] : table_.members)
    if (member == key) return &node;
  return nullptr;
}

const Node* Section::typed(std::string_view key, Node::Type type) {
  const Node* node = any(key);
  if (node == nullptr || node->type == type) return node;
  complain(node->place, name_of(key) + " must be " + std::string(name(type)) + ", not " +
                            std::string(name(node->type)));
  return nullptr;
}

std::optional<std::string> Section::text(std::string_view key, size_t bytes_max) {
  const Node* node = typed(key, Node::Type::text);
  if (node == nullptr) return std::nullopt;
  if (node->text.size() <= bytes_max && node->text.find('\0') == std::string::npos)
    return node->text;
  complain(node->place, name_of(key) + " is longer than " + std::to_string(bytes_max) +
                            " bytes, or has a NUL in it");
  return std::nullopt;
}

std::optional<bool> Section::boolean(std::string_view key) {
  const Node* node = typed(key, Node::Type::boolean);
  if (node == nullptr) return std::nullopt;
  return node->integer != 0;
}

std::optional<double> Section::number(std::string_view key, double minimum, double maximum) {
  const Node* node = any(key);
  const bool whole = node != nullptr && node->type == Node::Type::integer;
  if (!whole) node = typed(key, Node::Type::real);
  if (node == nullptr) return std::nullopt;
  const double number = whole ? static_cast<double>(node->integer) : node->real;
  if (number >= minimum && number <= maximum) return number;
  std::string bounds = "it must be from ";
  append_number(bounds, minimum);
  bounds += " to ";
  append_number(bounds, maximum);
  complain(node->place, name_of(key) + " is out of bounds: " + bounds);
  return std::nullopt;
}

std::optional<int64_t> Section::integer(std::string_view key, int64_t minimum, int64_t maximum) {
  const Node* node = typed(key, Node::Type::integer);
  if (node == nullptr) return std::nullopt;
  if (node->integer >= minimum && node->integer <= maximum) return node->integer;
  complain(node->place, name_of(key) + " is " + std::to_string(node->integer) +
                            ": it must be from " + std::to_string(minimum) + " to " +
                            std::to_string(maximum));
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> Section::duration(std::string_view key,
                                                           std::chrono::milliseconds minimum,
                                                           std::chrono::milliseconds maximum) {
  const Node* node = any(key);
  if (node == nullptr) return std::nullopt;
  constexpr const char* kHint = "write it like \"250ms\", \"30s\", \"5m\" or \"2h\"";
  if (node->type != Node::Type::text) {
    complain(node->place, name_of(key) + " must be a string, not " + std::string(name(node->type)),
             kHint);
    return std::nullopt;
  }
  const auto amount = parse_duration(node->text);
  if (!amount) {
    complain(node->place, name_of(key) + " is " + quoted(node->text) + ": not a duration", kHint);
    return std::nullopt;
  }
  if (*amount >= minimum && *amount <= maximum) return amount;
  complain(node->place, name_of(key) + " is " + quoted(node->text) + ": it must be from " +
                            write_duration(minimum) + " to " + write_duration(maximum));
  return std::nullopt;
}

std::optional<uint64_t> Section::bytes(std::string_view key, uint64_t minimum, uint64_t maximum) {
  const Node* node = any(key);
  if (node == nullptr) return std::nullopt;
  std::optional<uint64_t> amount;
  if (node->type == Node::Type::integer && node->integer >= 0)
    amount = static_cast<uint64_t>(node->integer);
  if (node->type == Node::Type::text) amount = parse_bytes(node->text);
  if (!amount) {
    complain(node->place, name_of(key) + " is not a number of bytes",
             "write it like 1048576 or \"1 MiB\"");
    return std::nullopt;
  }
  if (*amount >= minimum && *amount <= maximum) return amount;
  complain(node->place, name_of(key) + " is " + write_bytes(*amount) + ": it must be from " +
                            write_bytes(minimum) + " to " + write_bytes(maximum));
  return std::nullopt;
}

std::optional<std::vector<std::string>> Section::texts(std::string_view key, size_t items_max) {
  const Node* node = typed(key, Node::Type::array);
  if (node == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const Node& item : node->items) {
    if (item.type == Node::Type::text) {
      texts.push_back(item.text);
      continue;
    }
    complain(item.place, name_of(key) + " must hold strings, not " + std::string(name(item.type)));
    return std::nullopt;
  }
  if (texts.size() <= items_max) return texts;
  complain(node->place, name_of(key) + " has more than " + std::to_string(items_max) + " items");
  return std::nullopt;
}

const Node* Section::table(std::string_view key) { return typed(key, Node::Type::table); }

std::vector<std::pair<std::string, const Node*>> Section::others() const {
  std::vector<std::pair<std::string, const Node*>> found;
  for (const auto& [key, node] : table_.members)
    if (std::find(known_.begin(), known_.end(), key) == known_.end())
      found.emplace_back(key, &node);
  return found;
}

std::optional<std::string> Section::meant(const std::string& key) const {
  return nearest(key, known_);
}

void Section::unknown(const std::string& key, const Node& node) {
  const auto near = meant(key);
  std::string hint = near ? "did you mean " + *near + "?" : "it takes ";
  for (size_t i = 0; i < known_.size() && !near; ++i) hint += (i == 0 ? "" : ", ") + known_[i];
  complain(node.key_place, "unknown key " + quoted(key) + " in " + label_, std::move(hint));
}

void Section::finish() {
  for (const auto& [key, node] : others()) unknown(key, *node);
}

}  // namespace dbops::app
