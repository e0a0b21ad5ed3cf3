#include <malloc.h>
#include <unistd.h>

#include <exception>
#include <string>

#include "app/arguments.h"
#include "app/hide.h"
#include "app/run.h"
#include "front/cli/report.h"
#include "front/cli/terminal.h"

namespace {

// Answers of some megabytes are built and freed again and again: without this the kernel gives and
// takes their pages each time, a third of what a large answer costs. Two arenas bound what is kept.
void keep_freed_memory() {
  constexpr int kArenas = 2;
  constexpr int kKeptBytes = 16 << 20;  // in each
  mallopt(M_ARENA_MAX, kArenas);
  mallopt(M_TOP_PAD, kKeptBytes);
}

}  // namespace

// The outer of the two borders at which exceptions end: what gets here is bad_alloc, or a bug.
int main(int argc, char** argv) {
  using namespace dbops;
  keep_freed_memory();
  try {
    const app::Parsed parsed = app::parse_arguments(argc, argv);
    app::hide_secrets(argc, argv);
    if (parsed.invocation) return app::run(*parsed.invocation);
    cli::write_message(parsed.code == cli::kOk ? STDOUT_FILENO : STDERR_FILENO, parsed.text);
    return parsed.code;
  } catch (const std::exception& exception) {
    cli::write_message(STDERR_FILENO, std::string("error [internal]: ") + exception.what() + "\n");
    return cli::kFailed;
  }
}
