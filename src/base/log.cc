#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>

#include "base/text.h"

namespace dbops::log {
namespace {

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::off:
      return spdlog::level::off;
  }
  return spdlog::level::err;
}

std::unique_ptr<spdlog::logger> make_logger() {
  auto made =
      std::make_unique<spdlog::logger>("dbops", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  made->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                                                                  spdlog::pattern_time_type::utc));
  made->set_level(spdlog::level::warn);
  made->flush_on(spdlog::level::debug);
  return made;
}

spdlog::logger& logger() {
  static const std::unique_ptr<spdlog::logger> instance = make_logger();
  return *instance;
}

}  // namespace

void set_level(Level level) { logger().set_level(spdlog_level(level)); }

bool enabled(Level level) {
  return level != Level::off && logger().should_log(spdlog_level(level));
}

void write(Level level, std::string_view message) {
  if (!enabled(level)) return;
  const std::string escaped = escape_control(message);
  logger().log(spdlog_level(level), spdlog::string_view_t(escaped.data(), escaped.size()));
}

}  // namespace dbops::log
