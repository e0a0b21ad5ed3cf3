#include "app/config.h"

#include <algorithm>
#include <array>
#include <utility>

#include "app/config_parts.h"
#include "app/section.h"
#include "base/text.h"

namespace dbops::app {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int64_t kRowsMax = 1'000'000'000;
constexpr uint64_t kBytesMin = 1u << 10;
constexpr uint64_t kBytesMax = 1u << 30;
constexpr uint64_t kTotalMax = uint64_t{1} << 40;
constexpr milliseconds kTimeMax = hours(24);

void read_cursors(const Node& table, ops::Settings& settings, std::vector<Problem>& problems) {
  Section section(table, "[cursors]", problems);
  if (const auto life = section.duration("life", seconds(1), hours(1)))
    settings.cursor_life = std::chrono::duration_cast<seconds>(*life);
  if (const auto count = section.integer("max", 1, 10'000))
    settings.cursors_max = static_cast<size_t>(*count);
  if (const auto life = section.duration("confirmation_life", seconds(10), hours(1)))
    settings.confirmation_life = std::chrono::duration_cast<seconds>(*life);
  section.finish();
}

void read_results(const Node& table, ops::Settings& settings, std::vector<Problem>& problems) {
  Section section(table, "[results]", problems);
  if (const auto life = section.duration("life", seconds(10), hours(24)))
    settings.result_life = std::chrono::duration_cast<seconds>(*life);
  if (const auto bytes = section.bytes("bytes", kBytesMin, kBytesMax))
    settings.result_bytes_max = *bytes;
  if (const auto count = section.integer("max", 1, 1000))
    settings.results_max = static_cast<size_t>(*count);
  if (const auto bytes = section.bytes("total", kBytesMin, kTotalMax))
    settings.results_bytes_total = *bytes;
  section.finish();
}

void read_load(const Node& table, const std::string& folder, ops::Settings& settings,
               std::vector<Problem>& problems) {
  Section section(table, "[load]", problems);
  if (const auto path = section.text("folder")) settings.load_folder = full_path(*path, folder);
  section.finish();
}

std::optional<log::Level> parse_level(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, log::Level>, 5> kLevels = {
      {{"debug", log::Level::debug},
       {"info", log::Level::info},
       {"warning", log::Level::warning},
       {"error", log::Level::error},
       {"off", log::Level::off}}};
  for (const auto& [name, level] : kLevels)
    if (name == text) return level;
  return std::nullopt;
}

void read_log(const Node& table, log::Level& level, std::vector<Problem>& problems) {
  Section section(table, "[log]", problems);
  if (const auto text = section.text("level", 64)) {
    const auto parsed = parse_level(*text);
    level = parsed.value_or(level);
    if (!parsed)
      section.complain(section.any("level")->place,
                       "level in [log] is \"" + escape_control(*text) + '"',
                       "it is \"debug\", \"info\", \"warning\", \"error\" or \"off\"");
  }
  section.finish();
}

}  // namespace

void read_limits(const Node& table, std::string label, Limits& limits,
                 std::vector<Problem>& problems) {
  Section section(table, std::move(label), problems);
  if (const auto rows = section.integer("rows", 0, kRowsMax))
    limits.rows = static_cast<uint64_t>(*rows);
  if (const auto bytes = section.bytes("bytes", kBytesMin, kBytesMax)) limits.bytes = *bytes;
  if (const auto time = section.duration("time", milliseconds(0), kTimeMax)) limits.time = *time;
  section.finish();
}

tl::expected<Config, std::vector<Problem>> parse_config(std::string_view text,
                                                        const std::string& folder) {
  const auto document = parse_toml(text);
  if (!document) return tl::unexpected<std::vector<Problem>>({document.error()});

  Config config;
  std::vector<Problem> problems;
  Section top(*document, "the file", problems);
  if (const Node* table = top.table("limits"))
    read_limits(*table, "[limits]", config.limits, problems);
  if (const Node* table = top.table("server")) read_server(*table, folder, config.server, problems);
  if (const Node* table = top.table("tokens")) read_tokens(*table, config.server.tokens, problems);
  if (const Node* table = top.table("oauth"))
    read_oauth(*table, folder, config.server.oauth, problems);
  if (const Node* table = top.table("audit")) read_audit(*table, folder, config.audit, problems);
  if (const Node* table = top.table("state")) read_state(*table, folder, config, problems);
  if (const Node* table = top.table("tracing"))
    read_tracing(*table, folder, config.tracing, problems);
  if (const Node* table = top.table("cursors")) read_cursors(*table, config.settings, problems);
  if (const Node* table = top.table("results")) read_results(*table, config.settings, problems);
  if (const Node* table = top.table("load")) read_load(*table, folder, config.settings, problems);
  if (const Node* table = top.table("log")) read_log(*table, config.log_level, problems);
  if (const Node* table = top.table("connections"))
    read_connections(*table, folder, config, problems);
  top.finish();
  config.settings.audit_required = config.audit.required;
  if (config.audit.file.empty() && !config.audit.database)
    config.audit.database = config.state.database;
  if (problems.empty()) return config;

  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
  });
  return tl::unexpected<std::vector<Problem>>(std::move(problems));
}

std::string format_problem(const std::string& file, const Problem& problem) {
  std::string text = escape_control(file);
  if (problem.place.line > 0)
    text += ":" + std::to_string(problem.place.line) + ":" + std::to_string(problem.place.column);
  text += ": " + problem.message;
  if (!problem.hint.empty()) text += " (" + problem.hint + ")";
  return text;
}

}  // namespace dbops::app
