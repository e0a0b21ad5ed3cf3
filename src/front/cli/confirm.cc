#include "front/cli/confirm.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>

#include "base/text.h"
#include "front/cli/terminal.h"

namespace dbops::cli {
namespace {

class ControllingTerminal {
 public:
  ControllingTerminal() : fd_(open("/dev/tty", O_RDWR | O_CLOEXEC)) {}
  ~ControllingTerminal() {
    if (fd_ >= 0) close(fd_);
  }
  ControllingTerminal(const ControllingTerminal&) = delete;
  ControllingTerminal& operator=(const ControllingTerminal&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace

Result<bool> ask_to_confirm(const Context& context, const std::vector<std::string>& dangers,
                            const std::string& how_else) {
  const ControllingTerminal terminal;
  std::string all;
  for (const std::string& danger : dangers) {
    if (!all.empty()) all += "; ";
    all += escape_control(danger);
  }
  if (terminal.fd() < 0)
    return fail(Code::confirmation_required, "not confirmed: " + all, how_else);

  write_message(terminal.fd(), all + "\nType yes to go on: ");
  DBOPS_TRY(context.wait(terminal.fd(), POLLIN));
  std::array<char, 256> line;  // The terminal hands over a line at a time.
  const ssize_t size = read(terminal.fd(), line.data(), line.size());
  std::string_view answer(line.data(), size > 0 ? static_cast<size_t>(size) : 0);
  while (!answer.empty() && (answer.back() == '\n' || answer.back() == ' '))
    answer.remove_suffix(1);
  return answer == "yes";
}

}  // namespace dbops::cli
