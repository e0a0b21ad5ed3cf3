#include "base/process.h"

#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <vector>

namespace dbops {
namespace {

constexpr size_t kWords = 4;           // of an identity
constexpr size_t kStartTimeWord = 19;  // of /proc/PID/stat behind the name: its field 22

std::string first_line(const std::string& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

// Since the machine started, in ticks; empty when there is no such process, or it ended and waits
// for its parent. Its name, in parentheses, may hold anything.
std::string start_time(const std::string& pid) {
  const std::string line = first_line("/proc/" + pid + "/stat");
  const size_t end = line.rfind(')');
  if (end == std::string::npos) return {};
  std::istringstream words(line.substr(end + 1));
  std::string word;
  for (size_t i = 0; i <= kStartTimeWord; ++i) {
    if (!(words >> word)) return {};
    if (i == 0 && (word == "Z" || word == "X")) return {};
  }
  return word;
}

// The machine since it started, and the namespace in which a process id means something.
std::string surroundings() {
  std::array<char, 64> link{};
  const ssize_t size = readlink("/proc/self/ns/pid", link.data(), link.size());
  const std::string boot = first_line("/proc/sys/kernel/random/boot_id");
  if (size <= 0 || boot.empty()) return {};
  return boot + " " + std::string(link.data(), static_cast<size_t>(size));
}

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; words.size() <= kWords && stream >> word;) words.push_back(word);
  return words;
}

}  // namespace

std::string process_identity() {
  const std::string around = surroundings();
  const std::string pid = std::to_string(getpid());
  const std::string started = start_time(pid);
  if (around.empty() || started.empty()) return {};
  return around + " " + pid + " " + started;
}

std::optional<bool> process_lives(std::string_view identity) {
  const std::vector<std::string> words = words_of(identity);
  if (words.size() != kWords) return std::nullopt;
  if (words[0] + " " + words[1] != surroundings()) return std::nullopt;
  if (words[2].find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return start_time(words[2]) == words[3];
}

}  // namespace dbops
