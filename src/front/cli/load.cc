// Rows and documents on their way in: load.
#include "ops/load.h"

#include <unistd.h>

#include "base/input.h"
#include "front/cli/commands.h"
#include "front/cli/confirm.h"
#include "front/cli/printer.h"
#include "front/cli/progress.h"
#include "front/cli/report.h"
#include "front/cli/statement.h"
#include "ops/text_source.h"

namespace dbops::cli {
namespace {

bool from_stdin(const LoadOptions& options) { return options.file.empty() || options.file == "-"; }

Result<ops::TextOptions> text_options(const LoadOptions& options) {
  const auto format = options.format.empty() ? ops::text_format_of(options.file)
                                             : ops::parse_text_format(options.format);
  if (!format)
    return fail(Code::invalid_argument, "what the text is can't be told from its name",
                "say it: --as csv, tsv, ndjson or json");
  ops::TextOptions text{.format = *format, .header = options.header, .columns = options.columns};
  if (options.delimiter.empty()) return text;
  constexpr std::string_view kDelimiters = ",;|\t~^!#&*";
  const std::string wanted = options.delimiter == "\\t" ? "\t" : options.delimiter;
  if (wanted.size() != 1 || kDelimiters.find(wanted) == std::string_view::npos)
    return fail(Code::invalid_argument, "--delimiter must be one of , ; | ~ ^ ! # & * or \\t");
  text.delimiter = wanted[0];
  return text;
}

Result<std::unique_ptr<ops::Source>> open_source(const Environment& environment,
                                                 const LoadOptions& options) {
  DBOPS_ASSIGN(ops::TextOptions text, text_options(options));
  if (!from_stdin(options)) {
    DBOPS_ASSIGN(auto input, open_input(options.file));
    return ops::text_source(std::move(input), std::move(text));
  }
  if (environment.terminal.input)
    return fail(Code::invalid_argument, "there is nothing to load",
                "name a file, give it on stdin, or use --source CONNECTION --query STATEMENT");
  return ops::text_source(input_of(STDIN_FILENO), std::move(text));
}

Result<ops::LoadRequest> make_request(const Environment& environment, const LoadOptions& options) {
  ops::LoadRequest request{.connection = options.connection, .path = options.path};
  request.create = options.create;
  request.infer = options.infer;
  request.key = options.key;
  request.skip = options.skip;
  request.errors_max = options.errors_max;
  request.replace = options.replace;
  request.dry_run = options.dry_run;
  if (options.source.empty()) {
    DBOPS_ASSIGN(request.source, open_source(environment, options));
    return request;
  }
  if (options.statement.empty() || !options.file.empty())
    return fail(Code::invalid_argument, "--source needs a --query, and no file beside it");
  request.from_connection = options.source;
  request.statement = options.statement;
  return request;
}

std::string json_text(const ops::LoadReport& report, bool dry_run) {
  std::string text;
  JsonWriter out(text);
  out.begin_object();
  ops::load_json(report, dry_run, out);
  out.end_object();
  return text;
}

Result<std::optional<ops::Confirmation>> attempt(const Environment& environment,
                                                 const Context& context, ops::LoadRequest request,
                                                 bool confirmed, ops::LoadReport& done) {
  request.confirmed = confirmed;
  Progress progress(environment.terminal.error);
  request.progress = [&](const ops::LoadReport& so_far) { progress.set_rows(so_far.written); };
  auto loaded = ops::load(environment.workspace, context, std::move(request), done);
  progress.stop();
  return loaded;
}

// Nothing of the source has been read when the person is asked.
Result<void> load_confirmed(const Environment& environment, const Context& context,
                            const LoadOptions& options, ops::LoadRequest request,
                            ops::LoadReport& done) {
  DBOPS_ASSIGN(const auto asked,
               attempt(environment, context, std::move(request), options.yes, done));
  if (!asked) return {};
  DBOPS_ASSIGN(const bool agreed,
               ask_to_confirm(context, asked->dangers,
                              "give --yes to confirm it, or --dry-run to see what it would do"));
  if (!agreed) return fail(Code::confirmation_required, "not confirmed: nothing was done");
  DBOPS_ASSIGN(request, make_request(environment, options));
  DBOPS_TRY(attempt(environment, context, std::move(request), true, done));
  return {};
}

}  // namespace

int load(const Environment& environment, const LoadOptions& options) {
  auto request = make_request(environment, options);
  if (!request) return report_file(environment, request.error());
  const Context context = local_context();
  ops::LoadReport done;
  const auto loaded = load_confirmed(environment, context, options, *std::move(request), done);
  if (loaded)
    return print_text(environment, options.json ? json_text(done, options.dry_run)
                                                : ops::load_text(done, options.dry_run));
  // What was done is said also of a load that failed half-way.
  if (done.position > options.skip || done.refused > 0 || done.in_doubt > 0) {
    if (options.json)
      print_text(environment, json_text(done, options.dry_run));
    else
      write_message(STDERR_FILENO, ops::load_text(done, options.dry_run));
  }
  return report(environment, loaded.error());
}

}  // namespace dbops::cli
