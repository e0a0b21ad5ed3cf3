#include "connectors/redis/command_keys.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "connectors/redis/command_table.h"

namespace dbops::redis {
namespace {

using std::string_view;
using Words = std::span<const std::string>;
using Found = std::optional<CommandKeys>;

bool same(string_view word, string_view upper_case) {
  return word.size() == upper_case.size() && lower(word) == lower(upper_case);
}

// Every `step`-th word from `first` to before `end`; nullopt where there is none.
Found range(size_t first, size_t end, size_t step = 1) {
  if (first >= end) return std::nullopt;
  CommandKeys keys;
  for (size_t place = first; place < end; place += step) keys.places.push_back(place);
  return keys;
}

// Digits alone, without a sign or zeros in front: servers differ in what else they take.
std::optional<size_t> read_count(string_view word) {
  size_t count = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  if (word[0] == '0' && word.size() > 1) return std::nullopt;
  return count;
}

// As many as the word at `counter` says, behind it.
Found counted(size_t counter, Words words) {
  if (words.size() <= counter) return std::nullopt;
  const auto count = read_count(words[counter]);
  if (!count || *count == 0 || *count >= words.size() - counter) return std::nullopt;
  return range(counter + 1, counter + 1 + *count);
}

// ZUNIONSTORE key count key ... [option ...]
Found of_merged(Words words) {
  Found keys = counted(2, words);
  if (keys) keys->places.insert(keys->places.begin(), 1);
  return keys;
}

// EVAL script count [key ...] [argument ...]
Found of_script(Words words) {
  if (words.size() > 2 && words[2] == "0") return CommandKeys{.beyond = true};
  Found keys = counted(2, words);
  if (keys) keys->beyond = true;
  return keys;
}

struct Option {
  string_view name;
  size_t words;  // That belong to it, with itself.
};

// Options from `at` on, up to the word that is none of them.
template <size_t kSize>
size_t skip(const std::array<Option, kSize>& options, Words words, size_t at) {
  while (at < words.size()) {
    const auto option = std::find_if(options.begin(), options.end(), [&](const Option& each) {
      return same(words[at], each.name);
    });
    if (option == options.end()) return at;
    at += option->words;
  }
  return at;
}

// XREAD [option ...] STREAMS key ... id ...
Found of_streams(Words words) {
  static constexpr auto kOptions =
      std::to_array<Option>({{"BLOCK", 2}, {"CLAIM", 2}, {"COUNT", 2}, {"GROUP", 3}, {"NOACK", 1}});
  const size_t at = skip(kOptions, words, 1) + 1;
  if (at >= words.size() || !same(words[at - 1], "STREAMS") || (words.size() - at) % 2 != 0)
    return std::nullopt;
  return range(at, at + (words.size() - at) / 2);
}

// SORT key [option ...]: BY and GET name patterns of other keys, but for `#` and for a BY without
// a `*`, which sorts by nothing.
Found of_sort(Words words) {
  if (words.size() < 2) return std::nullopt;
  CommandKeys keys{.places = {1}};
  for (size_t at = 2; at < words.size();) {
    static constexpr auto kOptions =
        std::to_array<Option>({{"ALPHA", 1}, {"ASC", 1}, {"DESC", 1}, {"LIMIT", 3}});
    const size_t next = skip(kOptions, words, at);
    if (next != at) {
      at = next;
      continue;
    }
    if (at + 1 == words.size()) return std::nullopt;
    const string_view value = words[at + 1];
    if (same(words[at], "STORE"))
      keys.places.push_back(at + 1);
    else if (same(words[at], "GET"))
      keys.beyond = keys.beyond || value != "#";
    else if (same(words[at], "BY"))
      keys.beyond = keys.beyond || value.find('*') != string_view::npos;
    else
      return std::nullopt;
    at += 2;
  }
  return keys;
}

// GEORADIUS key ... [STORE key] [STOREDIST key]
Found of_radius(Words words) {
  if (words.size() < 2) return std::nullopt;
  CommandKeys keys{.places = {1}};
  for (size_t at = 2; at + 1 < words.size(); ++at)
    if (same(words[at], "STORE") || same(words[at], "STOREDIST")) keys.places.push_back(at + 1);
  return keys;
}

// MSETEX count key value ... [option ...]
Found of_counted_pairs(Words words) {
  const auto count = words.size() > 1 ? read_count(words[1]) : std::nullopt;
  if (!count || *count == 0 || *count > (words.size() - 2) / 2) return std::nullopt;
  return range(2, 2 + 2 * *count, 2);
}

// COPY key key [DB number] [REPLACE]
Found of_copy(Words words) {
  if (words.size() < 3) return std::nullopt;
  return CommandKeys{
      .places = {1, 2},
      .beyond = words.size() > 4 || (words.size() == 4 && !same(words[3], "REPLACE"))};
}

}  // namespace

Found keys_of(string_view verb, Words words) {
  using Keys = KnownCommand::Keys;
  const KnownCommand* const known = find_command(verb);
  switch (known == nullptr ? Keys::unknown : known->keys) {
    case Keys::unknown:
      return std::nullopt;
    case Keys::none:
      return CommandKeys();
    case Keys::others:
      return CommandKeys{.beyond = true};
    case Keys::first:
      return words.size() > 1 ? range(1, 2) : std::nullopt;
    case Keys::second:
      return words.size() > 2 ? range(2, 3) : std::nullopt;
    case Keys::behind_first:
      return range(2, words.size());
    case Keys::two:
      return words.size() > 2 ? range(1, 3) : std::nullopt;
    case Keys::all:
      return range(1, words.size());
    case Keys::all_but_last:
      return range(1, words.size() - 1);
    case Keys::pairs:
      return words.size() % 2 == 1 ? range(1, words.size(), 2) : std::nullopt;
    case Keys::triplets:
      return words.size() % 3 == 1 ? range(1, words.size(), 3) : std::nullopt;
    case Keys::counted:
      return counted(1, words);
    case Keys::counted_second:
      return counted(2, words);
    case Keys::counted_pairs:
      return of_counted_pairs(words);
    case Keys::merged:
      return of_merged(words);
    case Keys::script:
      return of_script(words);
    case Keys::channel:
      return words.size() > 1 ? Found({.places = {1}, .channels = true}) : std::nullopt;
    case Keys::copy:
      return of_copy(words);
    case Keys::sort:
      return of_sort(words);
    case Keys::radius:
      return of_radius(words);
    case Keys::streams:
      return of_streams(words);
  }
  return std::nullopt;
}

}  // namespace dbops::redis
