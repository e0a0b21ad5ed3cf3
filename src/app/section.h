// Reads the members of one table of the configuration, each with its bounds, and collects what is
// wrong.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/toml.h"

namespace dbops::app {

// A value in its bounds, or nullopt where the key is missing or a Problem was noted. Keys that
// nobody asked for are found by finish().
class Section {
 public:
  // `label`: how messages name it, such as "[connections.main]". All must outlive the Section.
  Section(const Node& table, std::string label, std::vector<Problem>& problems)
      : table_(table), label_(std::move(label)), problems_(problems) {}

  std::optional<std::string> text(std::string_view key, size_t bytes_max = 4096);
  std::optional<bool> boolean(std::string_view key);
  std::optional<int64_t> integer(std::string_view key, int64_t minimum, int64_t maximum);
  // A number with or without a fraction.
  std::optional<double> number(std::string_view key, double minimum, double maximum);
  // "250 ms", "30s", "5m", "2h"; 0 only where `minimum` is.
  std::optional<std::chrono::milliseconds> duration(std::string_view key,
                                                    std::chrono::milliseconds minimum,
                                                    std::chrono::milliseconds maximum);
  // An integer of bytes, or "64 KiB", "1 MiB", "2 GiB".
  std::optional<uint64_t> bytes(std::string_view key, uint64_t minimum, uint64_t maximum);
  std::optional<std::vector<std::string>> texts(std::string_view key, size_t items_max);
  const Node* table(std::string_view key);
  // Whatever stands there; marks it as known.
  const Node* any(std::string_view key);

  // The members that nobody asked for yet.
  std::vector<std::pair<std::string, const Node*>> others() const;
  // Notes each of them as unknown, with the nearest right name.
  void finish();
  void unknown(const std::string& key, const Node& node);
  // The key that was probably meant by `key`, among those that were asked for.
  std::optional<std::string> meant(const std::string& key) const;

  // Of the table itself.
  const Place& place() const { return table_.key_place; }
  void complain(const Place& place, std::string message, std::string hint = {}) {
    problems_.push_back({place, std::move(message), std::move(hint)});
  }
  std::string name_of(std::string_view key) const { return std::string(key) + " in " + label_; }

 private:
  const Node* typed(std::string_view key, Node::Type type);
  const Node& table_;
  const std::string label_;
  std::vector<Problem>& problems_;
  std::vector<std::string> known_;
};

}  // namespace dbops::app
