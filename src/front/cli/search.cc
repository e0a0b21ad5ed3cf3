#include "ops/search.h"

#include "front/cli/commands.h"
#include "front/cli/printer.h"

namespace dbops::cli {

int search(const Environment& environment, const SearchOptions& options) {
  const Context context = local_context();
  const auto work = [&](Printer& printer) {
    ops::SearchOptions request{
        .connection = options.connection, .in = options.in, .text = options.text};
    request.vector = options.vector;
    request.fields = options.fields;
    if (!options.filter.empty()) request.filter = options.filter;
    if (options.output.limit) request.limit = *options.output.limit;
    return ops::search(environment.workspace, context, request, printer);
  };
  return print(environment, context, options.output, {}, work);
}

}  // namespace dbops::cli
