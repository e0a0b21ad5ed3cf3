// What bench/redis measures: `redis_pipeline URL COUNT` sets and gets COUNT keys in scripts of as
// many commands as one may have, then passes over all keys by SCAN. Prints one line each: commands
// a second, and how much memory the scan took beyond what was there before.
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "connectors/redis/connector.h"

namespace dbops {
namespace {

using Clock = std::chrono::steady_clock;

template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  std::cerr << result.error().message << '\n';
  std::exit(1);
}

// Kilobytes that the program held at most.
long peak() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (long kilobytes = 0; line.starts_with("VmHWM:"))
      if (std::istringstream(line.substr(6)) >> kilobytes) return kilobytes;
  return 0;
}

size_t run(Session& session, const std::string& text, Mode mode) {
  const Script script = must(redis::connector().dialect().parse(text));
  const Parameters none;
  const auto results = must(session.queries()->run({}, script, none, mode));
  size_t rows = 0;
  Batch batch;
  while (Stream* const stream = must(results->next({})))
    while (must(stream->next({}, batch))) rows += batch.rows();
  return rows;
}

void pipeline(Session& session, const char* verb, const char* end, size_t count, Mode mode) {
  size_t rows = 0;
  const auto begin = Clock::now();
  for (size_t done = 0; done < count; done += kStatementsMax) {
    std::string text;
    for (size_t i = done; i < std::min(count, done + kStatementsMax); ++i)
      text.append(verb).append(" key:").append(std::to_string(i)).append(end);
    rows += run(session, text, mode);
  }
  const std::chrono::duration<double> span = Clock::now() - begin;
  if (rows != count) std::cerr << verb << " answered " << rows << " rows\n";
  std::cout << verb << ' ' << static_cast<long>(static_cast<double>(count) / span.count()) << '\n';
}

void scan(Session& session) {
  const long before = peak();
  size_t keys = 0;
  std::string cursor = "0";
  do {
    const Script script =
        must(redis::connector().dialect().parse("SCAN " + cursor + " COUNT 1000"));
    const Parameters none;
    const auto results = must(session.queries()->run({}, script, none, Mode::read));
    Stream* const stream = must(results->next({}));
    Batch batch;
    cursor.clear();
    while (must(stream->next({}, batch)))
      for (size_t i = 0; i < batch.rows(); ++i) {
        const Value& cell = batch.row(i)[0];
        if (cursor.empty())
          cursor = cell.as_text();
        else
          keys += cell.as_items().size();
      }
  } while (cursor != "0");
  std::cout << "SCAN " << keys << " keys, " << peak() - before << " KB more\n";
}

}  // namespace
}  // namespace dbops

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  dbops::ConnectionOptions options;
  options.url = dbops::Secret(std::string(argv[1]));
  options.tier = dbops::Tier::write;
  const auto session = dbops::must(dbops::redis::connector().connect({}, options));
  size_t count = 0;
  if (!(std::istringstream(argv[2]) >> count)) return 2;
  dbops::pipeline(*session, "SET", " 0123456789\n", count, dbops::Mode::write);
  dbops::pipeline(*session, "GET", "\n", count, dbops::Mode::read);
  dbops::scan(*session);
}
