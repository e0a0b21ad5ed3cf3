#include "connectors/elasticsearch/operations.h"

#include <array>

#include "base/json.h"
#include "base/text.h"
#include "connectors/elasticsearch/look_operations.h"
#include "connectors/elasticsearch/scan_operation.h"
#include "connectors/elasticsearch/search_builder.h"
#include "connectors/elasticsearch/session.h"
#include "connectors/elasticsearch/task_operations.h"

namespace dbops::elasticsearch {
namespace {

Rows build(const Context& context, Session& session, Arguments arguments) {
  DBOPS_TRY(context.alive());
  DBOPS_ASSIGN(const OwnedRequest request, build_search(arguments, own(session).server()));
  auto table = std::make_unique<Table>(Schema{{"statement", "", Kind::text}});
  table->add({Value::text(to_statement(request))});
  return table;
}

Rows search(const Context& context, Session& session, Arguments arguments) {
  DBOPS_ASSIGN(OwnedRequest request, build_search(arguments, own(session).server()));
  return send(context, session, std::move(request));
}

Rows create_index(const Context& context, Session& session, Arguments arguments) {
  OwnedRequest request{"PUT", segment(arguments)};
  JsonWriter out(request.body);
  out.begin_object();
  for (const char* name : {"mappings", "settings"})
    if (arguments.has(name)) out.key(name).raw(arguments.object(name));
  out.end_object();
  return send(context, session, std::move(request));
}

// One index by its own name: never a pattern, nor a list.
Rows delete_index(const Context& context, Session& session, Arguments arguments) {
  const std::string name = arguments.text("index");
  if (name.find_first_of("*,") != std::string::npos || name.starts_with('_') ||
      name.starts_with('-'))
    return fail(Code::invalid_argument, "delete_index takes one index by its name, no pattern",
                "list what is there with explore");
  return send(context, session, {"DELETE", segment(arguments)});
}

Rows refresh(const Context& context, Session& session, Arguments arguments) {
  return send(context, session, {"POST", segment(arguments) + "/_refresh"});
}

// Both steps at once: nobody finds the alias empty.
Rows set_alias(const Context& context, Session& session, Arguments arguments) {
  OwnedRequest request{"POST", "/_aliases"};
  JsonWriter out(request.body);
  out.begin_object().key("actions").begin_array();
  const auto action = [&](const char* kind, const std::string& index) {
    out.begin_object().key(kind).begin_object().member("index", index);
    out.member("alias", arguments.text("alias")).end_object().end_object();
  };
  if (arguments.has("from")) action("remove", arguments.text("from"));
  action("add", arguments.text("index"));
  out.end_array().end_object();
  return send(context, session, std::move(request));
}

Rows create_snapshot(const Context& context, Session& session, Arguments arguments) {
  OwnedRequest request{"PUT", "/_snapshot" + segment(arguments, "repository") +
                                  segment(arguments, "snapshot") + "?wait_for_completion=false"};
  JsonWriter out(request.body);
  out.begin_object();
  if (arguments.has("indices")) {
    out.key("indices").begin_array();
    for (const std::string& each : arguments.texts("indices")) out.string(each);
    out.end_array();
  }
  out.end_object();
  return send(context, session, std::move(request));
}

std::string shown(const Arguments& arguments, std::string_view name) {
  return escape_control(shorten(arguments.text(name), 100));
}
std::string delete_index_danger(const Arguments& arguments) {
  return "this removes the index " + shown(arguments, "index") + " with all its documents";
}
std::string delete_by_query_danger(const Arguments& arguments) {
  return "this removes every document of " + shown(arguments, "index") + " that matches " +
         escape_control(shorten(arguments.object("query"), 500));
}
std::string update_by_query_danger(const Arguments& arguments) {
  return "this changes every document of " + shown(arguments, "index") + " that matches " +
         escape_control(shorten(arguments.object("query"), 500));
}
std::string reindex_danger(const Arguments& arguments) {
  return "this writes over documents of " + shown(arguments, "target") + " with the same ids";
}
std::string cancel_danger(const Arguments& arguments) {
  return "this ends the task " + shown(arguments, "task");
}
std::string alias_danger(const Arguments& arguments) {
  return "this makes " + shown(arguments, "alias") + " a name of " + shown(arguments, "index") +
         (arguments.has("from") ? " and no longer of " + shown(arguments, "from") : "");
}

const Argument kIndex{.name = "index", .description = "Its name.", .required = true};
const Argument kPattern{.name = "index",
                        .description = "An index, an alias, or a pattern such as logs-*.",
                        .required = true};
const Argument kQuery{.name = "query",
                      .type = ArgumentType::object,
                      .description = "A query of the server's own DSL; everything unless given."};
const Argument kNeededQuery{.name = "query",
                            .type = ArgumentType::object,
                            .description = "A query of the server's own DSL.",
                            .required = true};
const Argument kTask{.name = "task", .description = "Its id, node:number.", .required = true};
const Argument kQueryId{.name = "id",
                        .description = "As start_query has answered it.",
                        .required = true,
                        .bytes_max = 4096};

const std::array kOperations = {
    Operation{.name = "build_search",
              .description = "Makes a search out of its parts and shows it, without running it: "
                             "text, filter, vector (kNN), both (hybrid), groups.",
              .arguments = search_arguments(),
              .run = build},
    Operation{.name = "search",
              .description = "Runs what build_search shows for the same arguments.",
              .arguments = search_arguments(),
              .run = search},
    Operation{.name = "scan",
              .description =
                  "Every document of an index that matches, past the server's limit of a "
                  "page, as they were when it began.",
              .arguments = {kPattern,
                            kQuery,
                            {.name = "source",
                             .type = ArgumentType::texts,
                             .description = "Which fields to show; all unless given."}},
              .run = scan},
    Operation{.name = "analyze",
              .description = "Into which terms a text is taken apart.",
              .arguments = {{.name = "text", .description = "The text.", .required = true},
                            {.name = "index", .description = "Whose analyzers are meant."},
                            {.name = "analyzer", .description = "Its name, such as standard."},
                            {.name = "field", .description = "The field whose analyzer is meant."}},
              .run = analyze},
    Operation{.name = "task",
              .description = "How far a task of the server is, and what it has done.",
              .arguments = {kTask},
              .run = task},
    Operation{.name = "follow_task",
              .description = "A task's counts each time that they change, until it ends.",
              .arguments = {kTask},
              .run = follow_task},
    Operation{.name = "list",
              .description = "What the cluster has beside its indices.",
              .arguments = {{.name = "what",
                             .type = ArgumentType::choice,
                             .description = "Which kind.",
                             .required = true,
                             .choices = listed_kinds()},
                            {.name = "name", .description = "One of them; all unless given."}},
              .run = list},
    Operation{.name = "list_snapshots",
              .description = "The snapshots of a repository; without one, the repositories.",
              .arguments = {{.name = "repository", .description = "Its name."}},
              .run = list_snapshots},
    Operation{.name = "simulate_pipeline",
              .description = "What an ingest pipeline makes of documents; nothing is stored.",
              .arguments = {{.name = "documents",
                             .type = ArgumentType::values,
                             .description = "The documents: [{\"a\": 1}].",
                             .required = true},
                            {.name = "pipeline", .description = "The name of one that is stored."},
                            {.name = "definition",
                             .type = ArgumentType::object,
                             .description = "Or one as it would be stored: {\"processors\": "
                                            "[{\"lowercase\": {\"field\": \"a\"}}]}."}},
              .run = simulate_pipeline},
    Operation{.name = "field_values",
              .description = "The values of a field, those with most documents first, and how many "
                             "there are.",
              .arguments = {kPattern,
                            {.name = "field", .description = "Its name.", .required = true},
                            kQuery,
                            {.name = "size",
                             .type = ArgumentType::integer,
                             .description = "How many; 10 unless given.",
                             .minimum = 1,
                             .maximum = 1000}},
              .run = field_values},
    Operation{.name = "esql_help",
              .description = "The commands of ES|QL, each with its form and an example.",
              .arguments = {{.name = "command", .description = "One of them; all unless given."}},
              .run = esql_help},
    Operation{.name = "start_query",
              .description = "Begins a query in ES|QL whose answer the server keeps.",
              .tier = Tier::write,
              .arguments = {{.name = "query",
                             .description = "FROM ...",
                             .required = true,
                             .bytes_max = size_t{1} << 20},
                            {.name = "parameters",
                             .type = ArgumentType::values,
                             .description = "For ? in the query, in their order."},
                            {.name = "keep_minutes",
                             .type = ArgumentType::integer,
                             .description = "How long it is kept; 60 unless given.",
                             .minimum = 1,
                             .maximum = 7200}},
              .run = start_query},
    Operation{.name = "query_result",
              .description = "The rows of such a query; while it runs, how far it is.",
              .arguments = {kQueryId},
              .run = query_result},
    Operation{.name = "stop_query",
              .description = "Ends such a query early, and answers the rows it has by then.",
              .tier = Tier::write,
              .arguments = {kQueryId,
                            {.name = "discard",
                             .type = ArgumentType::boolean,
                             .description = "Forget its rows."}},
              .run = stop_query},
    Operation{.name = "create_index",
              .description = "Creates an index.",
              .tier = Tier::write,
              .arguments = {kIndex,
                            {.name = "mappings",
                             .type = ArgumentType::object,
                             .description =
                                 "Its fields: {\"properties\": {\"day\": {\"type\": \"date\"}}}."},
                            {.name = "settings",
                             .type = ArgumentType::object,
                             .description = "Such as {\"number_of_shards\": 1}."}},
              .run = create_index},
    Operation{.name = "refresh",
              .description = "Makes what was written visible to searches now.",
              .tier = Tier::write,
              .arguments = {kPattern},
              .run = refresh},
    Operation{.name = "reindex",
              .description = "Copies documents from one index into another, as a task.",
              .tier = Tier::write,
              .arguments = {kIndex,
                            {.name = "target", .description = "Where to.", .required = true},
                            kQuery},
              .danger = reindex_danger,
              .run = reindex},
    Operation{
        .name = "update_by_query",
        .description = "Writes every document that matches again, changed by a script, as a task.",
        .tier = Tier::write,
        .arguments = {kPattern,
                      kNeededQuery,
                      {.name = "script", .description = "In Painless, such as ctx._source.n++."}},
        .danger = update_by_query_danger,
        .run = update_by_query},
    Operation{.name = "delete_by_query",
              .description = "Removes every document that matches, as a task.",
              .tier = Tier::write,
              .arguments = {kPattern, kNeededQuery},
              .danger = delete_by_query_danger,
              .run = delete_by_query},
    Operation{.name = "cancel_task",
              .description = "Ends a task of the server: with the tier write one that dbops began, "
                             "with admin any.",
              .tier = Tier::write,
              .arguments = {kTask},
              .danger = cancel_danger,
              .run = cancel_task},
    Operation{
        .name = "set_alias",
        .description = "Gives an index another name, and takes it from another at the same moment.",
        .tier = Tier::admin,
        .arguments = {{.name = "alias", .description = "The name.", .required = true},
                      kIndex,
                      {.name = "from", .description = "The index that had it."}},
        .danger = alias_danger,
        .run = set_alias},
    Operation{
        .name = "create_snapshot",
        .description = "Begins a snapshot of indices into a repository.",
        .tier = Tier::admin,
        .arguments = {{.name = "repository", .description = "Its name.", .required = true},
                      {.name = "snapshot", .description = "The snapshot's name.", .required = true},
                      {.name = "indices",
                       .type = ArgumentType::texts,
                       .description = "Which; all unless given."}},
        .run = create_snapshot},
    Operation{.name = "delete_index",
              .description = "Removes one index with all its documents.",
              .tier = Tier::admin,
              .arguments = {kIndex},
              .danger = delete_index_danger,
              .run = delete_index},
};

}  // namespace

std::span<const Operation> operations() { return kOperations; }

}  // namespace dbops::elasticsearch
