#include "front/cli/line_editor.h"

#include <histedit.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <cwchar>
#include <filesystem>

#include "base/text.h"
#include "front/cli/terminal.h"
#include "front/cli/width.h"
#include "net/url.h"

namespace dbops::cli {
namespace {

constexpr char kControlC = 0x03;
constexpr char kControlZ = 0x1A;
constexpr size_t kListedMax = 100;  // completions that are shown at once

class EditedLines final : public LineSource {
 public:
  EditedLines(std::string history_file, std::function<Completions(std::string_view)> complete);
  ~EditedLines() override;
  EditedLines(const EditedLines&) = delete;
  EditedLines& operator=(const EditedLines&) = delete;

  Got read(const std::string& prompt, const Cancel& cancel, std::string& line) override;
  bool interactive() const override { return true; }
  void remember(std::string_view statement) override;

 private:
  static EditedLines& self(EditLine* edit);
  static int read_character(EditLine* edit, wchar_t* character);
  static char* show_prompt(EditLine* edit) { return self(edit).prompt_.data(); }
  static unsigned char complete(EditLine* edit, int key);
  void stop_and_continue();

  EditLine* edit_;
  History* history_;
  const std::string history_file_;
  const std::function<Completions(std::string_view)> complete_;
  std::string prompt_;
  const Cancel* cancel_ = nullptr;
  bool interrupted_ = false;
};

EditedLines::EditedLines(std::string history_file,
                         std::function<Completions(std::string_view)> complete)
    : history_(history_init()),
      history_file_(std::move(history_file)),
      complete_(std::move(complete)) {
  // libedit takes the terminal's bytes for what the locale says: UTF-8, also where none is set.
  if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX == 1)
    std::setlocale(LC_CTYPE, "C.UTF-8");
  edit_ = el_init("dbops", stdin, stdout, stderr);
  el_set(edit_, EL_CLIENTDATA, this);
  el_set(edit_, EL_PROMPT_ESC, show_prompt, '\1');
  el_set(edit_, EL_EDITOR, "emacs");
  el_set(edit_, EL_SIGNAL, 0);
  // Ctrl-C and Ctrl-Z arrive as characters while a line is edited, and are handled as such.
  el_set(edit_, EL_SETTY, "-d", "-isig", nullptr);
  el_set(edit_, EL_GETCFN, read_character);
  el_set(edit_, EL_ADDFN, "dbops-complete", "complete from the catalogue", &EditedLines::complete);
  el_set(edit_, EL_BIND, "^I", "dbops-complete", nullptr);
  el_set(edit_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(edit_, nullptr);  // The user's own ~/.editrc.

  HistEvent event;
  history(history_, &event, H_SETSIZE, kHistoryMax);
  history(history_, &event, H_SETUNIQUE, 1);
  el_set(edit_, EL_HIST, history, history_);
  if (!history_file_.empty()) history(history_, &event, H_LOAD, history_file_.c_str());
}

EditedLines::~EditedLines() {
  HistEvent event;
  if (!history_file_.empty()) {
    std::error_code ignored;  // Where it can't be written there is no history, and nothing else.
    const auto folder = std::filesystem::path(history_file_).parent_path();
    std::filesystem::create_directories(folder, ignored);
    const mode_t before = umask(S_IRWXG | S_IRWXO);
    history(history_, &event, H_SAVE, history_file_.c_str());
    umask(before);
  }
  history_end(history_);
  el_end(edit_);
}

EditedLines& EditedLines::self(EditLine* edit) {
  void* data = nullptr;
  el_get(edit, EL_CLIENTDATA, &data);
  return *static_cast<EditedLines*>(data);
}

void EditedLines::stop_and_continue() {
  el_set(edit_, EL_PREP_TERM, 0);
  raise(SIGTSTP);
  el_set(edit_, EL_PREP_TERM, 1);
  el_set(edit_, EL_REFRESH);
}

// One character of the terminal; -1 where there is none, or the person has had enough of the line.
int EditedLines::read_character(EditLine* edit, wchar_t* character) {
  EditedLines& lines = self(edit);
  std::mbstate_t state{};
  for (;;) {
    std::array<pollfd, 2> wait = {{{STDIN_FILENO, POLLIN, 0}, {lines.cancel_->fd(), POLLIN, 0}}};
    if (poll(wait.data(), wait.size(), -1) < 0 && errno != EINTR) return -1;
    if (lines.cancel_->requested()) {
      lines.interrupted_ = true;
      return -1;
    }
    if (wait[0].revents == 0) continue;
    char byte = 0;
    const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return static_cast<int>(got);
    if (byte == kControlC) {
      lines.interrupted_ = true;
      return -1;
    }
    if (byte == kControlZ) {
      lines.stop_and_continue();
      continue;
    }
    const size_t decoded = std::mbrtowc(character, &byte, 1, &state);
    if (decoded == static_cast<size_t>(-2)) continue;  // More bytes belong to it.
    if (decoded == static_cast<size_t>(-1)) {
      state = {};
      continue;
    }
    return 1;
  }
}

LineSource::Got EditedLines::read(const std::string& prompt, const Cancel& cancel,
                                  std::string& line) {
  prompt_ = prompt;
  cancel_ = &cancel;
  interrupted_ = false;
  el_resize(edit_);                // The window may have another size since the last line.
  el_set(edit_, EL_PREP_TERM, 1);  // Before the prompt is seen, so that no key comes too early.
  int count = 0;
  const char* text = el_gets(edit_, &count);
  if (interrupted_) {
    el_reset(edit_);
    write_message(STDOUT_FILENO, "^C\n");
    return Got::interrupted;
  }
  if (text == nullptr || count <= 0) {
    write_message(STDOUT_FILENO, "\n");
    return Got::end;
  }
  line.assign(text, static_cast<size_t>(count));
  if (line.ends_with('\n')) line.pop_back();
  return Got::line;
}

void EditedLines::remember(std::string_view statement) {
  if (statement.empty() || may_hold_secret(statement)) return;
  HistEvent event;
  // A comment to the end of a line would swallow what follows it on one line.
  const bool one_line = statement.find("--") == std::string_view::npos;
  std::string text(statement);
  if (one_line) std::replace(text.begin(), text.end(), '\n', ' ');
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    if (end > start) history(history_, &event, H_ENTER, text.substr(start, end - start).c_str());
    start = end + 1;
  }
}

int count_characters(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string common_beginning(const std::vector<std::string>& words) {
  std::string common = words.front();
  for (const std::string& word : words) {
    const auto differs = std::mismatch(common.begin(), common.end(), word.begin(), word.end());
    common.erase(differs.first, common.end());
  }
  while (!common.empty() && !valid_utf8(common)) common.pop_back();
  return common;
}

// In columns, as `ls` does.
void list_words(const std::vector<std::string>& words, size_t terminal_columns) {
  size_t widest = 0;
  const size_t shown = std::min(words.size(), kListedMax);
  for (size_t i = 0; i < shown; ++i) widest = std::max(widest, display_width(words[i]));
  const size_t across = std::max<size_t>(1, terminal_columns / (widest + 2));
  const size_t down = (shown + across - 1) / across;
  std::string text = "\n";
  for (size_t row = 0; row < down; ++row) {
    for (size_t i = row; i < shown; i += down) {
      text += escape_control(words[i]);
      if (i + down < shown) text.append(widest + 2 - display_width(words[i]), ' ');
    }
    text += '\n';
  }
  if (shown < words.size()) text += "... and " + std::to_string(words.size() - shown) + " more\n";
  write_message(STDOUT_FILENO, text);
}

unsigned char EditedLines::complete(EditLine* edit, int) {
  EditedLines& lines = self(edit);
  const LineInfo* info = el_line(edit);
  const std::string_view before(info->buffer, static_cast<size_t>(info->cursor - info->buffer));
  const Completions found = lines.complete_(before);
  if (found.words.empty() || found.word_bytes > before.size()) return CC_REFRESH_BEEP;
  const std::string word(before.substr(before.size() - found.word_bytes));
  std::string better = common_beginning(found.words);
  if (found.words.size() == 1 && !better.ends_with('.')) better += ' ';
  if (better.size() > word.size()) {
    el_deletestr(edit, count_characters(word));
    el_insertstr(edit, better.c_str());
    return CC_REFRESH;
  }
  list_words(found.words, Terminal::detect(ColorChoice::never).size().columns);
  return CC_REDISPLAY;
}

class ScriptLines final : public LineSource {
 public:
  explicit ScriptLines(std::string text) : text_(std::move(text)) {}
  Got read(const std::string&, const Cancel& cancel, std::string& line) override {
    if (cancel.requested()) return Got::interrupted;
    if (at_ >= text_.size()) return Got::end;
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    line = text_.substr(at_, end - at_);
    if (line.ends_with('\r')) line.pop_back();
    at_ = end + 1;
    return Got::line;
  }
  bool interactive() const override { return false; }

 private:
  const std::string text_;
  size_t at_ = 0;
};

}  // namespace

bool may_hold_secret(std::string_view statement) {
  const std::string small = lower(statement);
  for (const std::string_view word : {"password", "passwd", "secret", "identified by", "token"})
    if (small.find(word) != std::string::npos) return true;
  if (assigns_secret(statement)) return true;
  // user:SECRET@host. In SQL a ':' before an '@' is common: there only what follows "://" counts.
  size_t from = 0;
  if (!statement.starts_with('\\')) {
    from = statement.find("://");
    if (from == std::string_view::npos) return false;
    from += 3;
  }
  const size_t colon = statement.find(':', from);
  const size_t at = statement.rfind('@');
  return colon != std::string_view::npos && at != std::string_view::npos && colon < at;
}

std::unique_ptr<LineSource> edited_lines(std::string history_file,
                                         std::function<Completions(std::string_view)> complete) {
  return std::make_unique<EditedLines>(std::move(history_file), std::move(complete));
}

std::unique_ptr<LineSource> script_lines(std::string text) {
  return std::make_unique<ScriptLines>(std::move(text));
}

}  // namespace dbops::cli
