#include "front/cli/printer.h"

#include <unistd.h>

#include "base/text.h"
#include "front/cli/confirm.h"
#include "front/cli/report.h"

namespace dbops::cli {
namespace {

bool is_table(Format format) { return format == Format::table || format == Format::expanded; }

// Each line escaped by itself; tabs are kept, for TSV.
void append_escaped(std::string& out, std::string_view text) {
  size_t start = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != '\n' && text[i] != '\t') continue;
    out += escape_control(text.substr(start, i - start));
    if (i < text.size()) out += text[i];
    start = i + 1;
  }
}

Look look_for(const OutputOptions& options, bool shown, const Terminal& terminal) {
  Look look;
  look.header = options.header;
  if (!shown) return look;
  look.columns = terminal.size().columns;
  look.color = terminal.color_output;
  look.expand = options.expand;
  return look;
}

}  // namespace

Printer::Printer(const OutputOptions& options, Output& output, bool shown, const Terminal& terminal)
    : format_(options.format.value_or(shown ? Format::table : format_of_file(options.file))),
      limit_hint_(options.limit_hint),
      expand_hint_(options.expand_hint),
      shown_(shown),
      terminal_(terminal),
      formatter_(make_formatter(format_, look_for(options, shown, terminal))),
      output_(output),
      text_(shown && !is_table(format_) ? scratch_ : output.buffer()),
      progress_(terminal.error) {}

Result<void> Printer::begin(const Schema& schema) {
  if (shown_) progress_.stop();  // The rows themselves show that it goes on.
  formatter_->begin(schema, text_);
  return spill();
}

Result<bool> Printer::row(std::span<const Value> cells) {
  formatter_->row(cells, text_);
  progress_.add_row();
  DBOPS_TRY(spill());
  return true;
}

Result<void> Printer::end(const ops::Page& page) {
  progress_.stop();
  formatter_->end(page, text_);
  DBOPS_TRY(spill());
  DBOPS_TRY(output_.flush());
  if (!is_table(format_)) {
    const std::string outcome = describe_outcome(page.summary);
    if (page.summary.affected && format_ != Format::json && format_ != Format::ndjson)
      remark(Style::dim, "", outcome);
    if (page.truncated)
      remark(Style::yellow, "warning", "there are more rows: cut by the " + page.cut_by);
  }
  // A policy's cap is none that an option could lift.
  if (page.truncated && page.cut_by.starts_with("limit ")) remark(Style::dim, "", limit_hint_);
  for (const std::string& warning : page.summary.warnings)
    remark(Style::yellow, "warning", warning);
  if (const auto cells = static_cast<int64_t>(formatter_->shortened()); cells > 0)
    remark(Style::dim, "",
           format_count(cells) + (cells == 1 ? " cell was" : " cells were") +
               " shortened to fit the terminal; " + std::string(expand_hint_));
  return {};
}

Result<void> Printer::spill() {
  if (&text_ == &scratch_) {
    append_escaped(output_.buffer(), scratch_);
    scratch_.clear();
  }
  return output_.spill();
}

void Printer::remark(Style style, std::string_view label, std::string_view text) const {
  std::string line;
  const std::string safe = escape_control(text);
  if (label.empty()) {
    append_styled(line, style, safe, terminal_.color_error);
  } else {
    append_styled(line, style, label, terminal_.color_error);
    line += ": " + safe;
  }
  write_message(STDERR_FILENO, line + '\n');
}

uint64_t row_limit(const Environment& environment, const OutputOptions& options) {
  if (options.limit) return *options.limit;
  return environment.terminal.output && options.file.empty() ? kTerminalRows : 0;
}

int print(const Environment& environment, const Context& context, const OutputOptions& options,
          std::string_view statement, const std::function<Result<void>(Printer&)>& work) {
  auto output = options.file.empty() ? Result<Output>(Output(context, STDOUT_FILENO))
                                     : Output::create(context, environment.files, options.file);
  if (!output) {
    report(environment, output.error());
    return kFile;
  }
  return print_to(environment, *output, options, statement, [&](Printer& printer) -> Result<void> {
    DBOPS_TRY(work(printer));
    return output->finish();
  });
}

int print_to(const Environment& environment, Output& output, const OutputOptions& options,
             std::string_view statement, const std::function<Result<void>(Printer&)>& work) {
  const bool shown = !output.is_file() && environment.terminal.output;
  Printer printer(options, output, shown, environment.terminal);
  auto worked = work(printer);
  printer.quiet();
  if (worked) return kOk;
  // What came before an error is shown, but a file is not made of it.
  if (!output.is_file() && !output.failed()) static_cast<void>(output.flush());
  if (output.closed_by_reader()) return kReaderGone;
  const int code = report(environment, worked.error(), statement);
  return output.failed() ? static_cast<int>(kFile) : code;
}

Result<void> confirm_or_fail(const Context& context, Printer& printer,
                             const std::vector<std::string>& dangers, const std::string& how_else) {
  printer.quiet();
  DBOPS_ASSIGN(const bool yes, ask_to_confirm(context, dangers, how_else));
  if (!yes) return fail(Code::confirmation_required, "not confirmed: nothing was done");
  return {};
}

int print_text(const Environment& environment, std::string text) {
  Output output(local_context(), STDOUT_FILENO);
  output.buffer() = std::move(text);
  if (!output.buffer().ends_with('\n')) output.buffer() += '\n';
  const auto written = output.finish();
  if (written) return kOk;
  return output.closed_by_reader() ? static_cast<int>(kReaderGone)
                                   : report_file(environment, written.error());
}

int print_table(const Environment& environment, const OutputOptions& options, Table& table) {
  const Context context = local_context();
  return print(environment, context, options, {}, [&](Printer& printer) -> Result<void> {
    Batch batch;
    ops::Page page;
    DBOPS_TRY(printer.begin(table.schema()));
    for (;;) {
      DBOPS_ASSIGN(const bool more, table.next(context, batch));
      if (!more) break;
      for (size_t i = 0; i < batch.rows(); ++i, ++page.rows) DBOPS_TRY(printer.row(batch.row(i)));
    }
    return printer.end(page);
  });
}

}  // namespace dbops::cli
