#include "app/secrets.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/file.h"
#include "base/text.h"

namespace dbops::app {
namespace {

// A child process with a pipe from its stdout. Killed and waited for on destruction.
class Child {
 public:
  static Result<Child> start(const std::vector<std::string>& words);
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), out_(std::exchange(other.out_, -1)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (out_ >= 0) close(out_);
    if (pid_ < 0) return;
    kill(-pid_, SIGKILL);  // With all it started: it leads a process group of its own.
    waitpid(pid_, nullptr, 0);
  }
  int out() const { return out_; }
  // Waits for its end, and answers its exit code; -1 for a signal.
  Result<int> wait(const Context& context);

 private:
  Child(pid_t pid, int out) : pid_(pid), out_(out) {}
  pid_t pid_;
  int out_;
};

Result<Child> Child::start(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(Code::exhausted, std::string("can't make a pipe: ") + std::strerror(errno));
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);  // We ignore it, and a child would inherit that.
  posix_spawnattr_setsigdefault(&attributes, &defaults);

  pid_t pid = -1;
  const int failed =
      posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  Child child(failed == 0 ? pid : -1, ends[0]);
  if (failed != 0)
    return fail(
        Code::invalid_config,
        "can't run the secret's command " + escape_control(words[0]) + ": " + std::strerror(failed),
        "give the program's full path, and its arguments as items of the array");
  return child;
}

Result<int> Child::wait(const Context& context) {
  const auto process = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (process < 0) return fail(Code::io, std::string("pidfd_open: ") + std::strerror(errno));
  const auto ended = context.wait(process, POLLIN);
  close(process);
  if (!ended) return fail(ended.error());
  int status = 0;
  waitpid(std::exchange(pid_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// All that it says, and its exit code.
Result<std::pair<std::string, int>> listen(const Context& context, Child& child) {
  std::string text;
  std::array<char, 4096> piece;
  for (;;) {
    DBOPS_TRY(context.wait(child.out(), POLLIN));
    const ssize_t got = read(child.out(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return fail(Code::io,
                  std::string("can't read the secret's command: ") + std::strerror(errno));
    if (got == 0) break;
    text.append(piece.data(), static_cast<size_t>(got));
    if (text.size() > kSecretBytesMax)
      return fail(Code::invalid_config, "the secret's command says more than 64 KiB");
  }
  DBOPS_ASSIGN(const int code, child.wait(context));
  return std::pair(std::move(text), code);
}

Result<std::string> run(const Context& context, const std::vector<std::string>& words) {
  Context limited = context;
  limited.deadline = context.deadline.earlier(Deadline::after(kSecretTimeMax));
  DBOPS_ASSIGN(Child child, Child::start(words));
  auto answer = listen(limited, child);
  const std::string named = "the secret's command " + escape_control(words[0]);
  if (!answer) {
    Error error = std::move(answer).error();
    if (error.code == Code::timeout) {
      error.message = named + " took too long";
      if (!context.deadline.passed())
        error.hint = "it has 10 s, which no setting raises: make it quicker";
    }
    return fail(std::move(error));
  }
  if (answer->second == 0) return std::move(answer->first);
  return fail(Code::invalid_config,
              named + " failed with exit code " + std::to_string(answer->second),
              "run it by hand and look at its stderr");
}

Result<std::string> read_source(const Context& context, const SecretSource& source) {
  switch (source.kind) {
    case SecretSource::Kind::none:
      return std::string();
    case SecretSource::Kind::literal:
      return std::string(source.literal.reveal());
    case SecretSource::Kind::environment:
      if (const char* value = std::getenv(source.name.c_str())) return std::string(value);
      return fail(Code::invalid_config, "the environment variable " + escape_control(source.name) +
                                            ", which has the secret, is not set");
    case SecretSource::Kind::file: {
      auto text = real_files().read(source.name, kSecretBytesMax);
      if (text) return text;
      return fail(Code::invalid_config, "the secret's file: " + text.error().message,
                  text.error().hint);
    }
    case SecretSource::Kind::command:
      return run(context, source.words);
  }
  return std::string();
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

}  // namespace

Result<Secret> read_secret(const Context& context, const SecretSource& source) {
  DBOPS_ASSIGN(std::string text, read_source(context, source));
  if (source.kind == SecretSource::Kind::file || source.kind == SecretSource::Kind::command) {
    text.erase(std::min(text.find('\n'), text.size()));
    if (text.ends_with('\r')) text.pop_back();
  }
  if (text.empty() && source.kind != SecretSource::Kind::none)
    return fail(Code::invalid_config, "the secret's source gives an empty one");
  return Secret(std::move(text));
}

Result<Secret> with_password(const std::string& url, const Secret& password) {
  const size_t start = url.find("://");
  if (start == std::string::npos)
    return fail(Code::invalid_config, "a password is given, but the URL has no place for one");
  const size_t authority = start + 3;
  const size_t end = std::min(url.find_first_of("/?#", authority), url.size());
  const size_t at = url.rfind('@', end);
  const bool has_user = at != std::string::npos && at >= authority;
  const size_t user_end = has_user ? at : authority;
  if (url.substr(authority, user_end - authority).find(':') != std::string::npos)
    return fail(Code::invalid_config, "a password is given twice: in the URL and beside it",
                "leave one of them out");
  const std::string secret = ":" + percent_encode(password.reveal()) + (has_user ? "" : "@");
  return Secret(url.substr(0, user_end) + secret + url.substr(user_end));
}

}  // namespace dbops::app
