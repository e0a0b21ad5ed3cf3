#include "connectors/redis/frame.h"

#include <string>
#include <utility>

#include "base/text.h"

namespace dbops::redis {
namespace {

constexpr std::string_view kForm =
    "write WATCH lines and reads, if any, then MULTI, the commands, and EXEC as the last line";

enum class Part : uint8_t { command, watch, multi, exec, discard, unwatch };

Part part_of(std::string_view word) {
  constexpr std::pair<std::string_view, Part> kParts[] = {{"watch", Part::watch},
                                                          {"multi", Part::multi},
                                                          {"exec", Part::exec},
                                                          {"discard", Part::discard},
                                                          {"unwatch", Part::unwatch}};
  const std::string name = lower(word);
  for (const auto& [known, part] : kParts)
    if (name == known) return part;
  return Part::command;
}

tl::unexpected<Error> wrong(std::string message, const Line& line) {
  return fail(Error{.code = Code::invalid_argument,
                    .message = std::move(message),
                    .hint = std::string(kForm),
                    .position = line.offset + 1});
}

// Takes the lines in their order.
class Framing {
 public:
  Result<void> take(Line line) {
    const Part part = part_of(line.words[0]);
    if (ended_) return wrong("there is more behind EXEC, which ends a transaction", line);
    if (part != Part::command && part != Part::watch && line.words.size() > 1)
      return wrong(shown(line) + " takes no arguments", line);
    switch (part) {
      case Part::command:
        all_.commands.push_back(std::move(line));
        return {};
      case Part::watch:
        return watch(std::move(line));
      case Part::multi:
        if (all_.multi) return wrong("MULTI stands inside a transaction: they don't nest", line);
        all_.multi = all_.commands.size();
        return {};
      case Part::exec:
        if (!all_.multi) return wrong("EXEC without a MULTI in front of it", line);
        if (*all_.multi == all_.commands.size())
          return wrong("there is no command between MULTI and EXEC", line);
        ended_ = true;
        return {};
      case Part::discard:
      case Part::unwatch:
        break;
    }
    return wrong(shown(line) + " is not needed: what is not to run is left out of the script",
                 line);
  }

  Result<Outline> end() && {
    if (!ended_ && (all_.multi || !all_.watches.empty()))
      return fail(Code::invalid_argument,
                  all_.multi ? "MULTI without an EXEC: a transaction is one script"
                             : "WATCH without MULTI and EXEC: nothing is watched from one call to "
                               "the next",
                  std::string(kForm));
    return std::move(all_);
  }

 private:
  static std::string shown(const Line& line) {
    std::string name = line.words[0];
    for (char& c : name)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return name;
  }

  Result<void> watch(Line line) {
    if (all_.multi) return wrong("WATCH stands inside the transaction: put it before MULTI", line);
    if (!all_.commands.empty()) return wrong("WATCH stands behind a command", line);
    if (line.words.size() == 1) return wrong("WATCH names no key", line);
    all_.watches.push_back(std::move(line));
    return {};
  }

  Outline all_;
  bool ended_ = false;
};

}  // namespace

Result<Outline> outline(std::string_view text) {
  Framing framing;
  size_t lines = 0;
  for (size_t at = 0;;) {
    DBOPS_ASSIGN(auto line, next_line(text, at));
    if (!line) return std::move(framing).end();
    if (++lines > kStatementsMax)
      return fail(Code::too_large,
                  "there are more than " + std::to_string(kStatementsMax) + " commands",
                  "send them in parts");
    if (line->words[0].empty())
      return fail(Error{.code = Code::syntax,
                        .message = "the name of the command is empty",
                        .position = line->offset + 1});
    DBOPS_TRY(framing.take(*std::move(line)));
  }
}

// EXEC is the last line, and no statement.
bool is_transaction(const Script& script) {
  const Statement& last = script.statements.back();
  return script.text.find_first_not_of(" \t\r\n", last.offset + last.size) != std::string::npos;
}

}  // namespace dbops::redis
