// The sink of the command line: rows to a formatter, its text to an output, remarks to stderr.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "front/cli/environment.h"
#include "front/cli/output.h"
#include "front/cli/progress.h"
#include "ops/sink.h"

namespace dbops::cli {

class Printer final : public ops::Sink {
 public:
  // `output` must outlive it. `shown`: it is a terminal, so control characters are escaped whatever
  // the format.
  Printer(const OutputOptions& options, Output& output, bool shown, const Terminal& terminal);

  Result<void> begin(const Schema& schema) override;
  Result<bool> row(std::span<const Value> cells) override;
  Result<void> end(const ops::Page& page) override;

  // Ends the progress line: before anything else is said on stderr.
  void quiet() { progress_.stop(); }

 private:
  Result<void> spill();
  void remark(Style style, std::string_view label, std::string_view text) const;

  const Format format_;
  const std::string_view limit_hint_;
  const std::string_view expand_hint_;
  const bool shown_;
  const Terminal terminal_;
  std::unique_ptr<Formatter> formatter_;
  Output& output_;
  std::string scratch_;
  std::string&
      text_;  // Where the formatter writes: the output's buffer, or scratch_ to be escaped.
  Progress progress_;
};

// Opens where the options say, hands a Printer to `work`, and finishes the output. Answers the exit
// code. `statement` is shown with an error that points into it.
int print(const Environment& environment, const Context& context, const OutputOptions& options,
          std::string_view statement, const std::function<Result<void>(Printer&)>& work);

// The same into an output that stays open.
int print_to(const Environment& environment, Output& output, const OutputOptions& options,
             std::string_view statement, const std::function<Result<void>(Printer&)>& work);

// Asks the person, without the progress line in between. Code::confirmation_required where the
// answer isn't yes, or there is nobody to ask: `how_else` is the hint then.
Result<void> confirm_or_fail(const Context& context, Printer& printer,
                             const std::vector<std::string>& dangers, const std::string& how_else);

// Prints text that is made already, ended by a line break, to stdout.
int print_text(const Environment& environment, std::string text);

// Prints rows that are held already.
int print_table(const Environment& environment, const OutputOptions& options, Table& table);

// The rows to ask for where nobody said how many.
uint64_t row_limit(const Environment& environment, const OutputOptions& options);

}  // namespace dbops::cli
