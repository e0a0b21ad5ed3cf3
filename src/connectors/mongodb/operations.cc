#include "connectors/mongodb/operations.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/text.h"
#include "connectors/mongodb/ask.h"
#include "connectors/mongodb/changes.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/gridfs_put.h"
#include "connectors/mongodb/indexes.h"
#include "connectors/mongodb/session.h"

namespace dbops::mongodb {
namespace {

using Answer = Result<std::unique_ptr<Stream>>;

constexpr size_t kRunningMax = 1000;            // operations shown
constexpr size_t kFilesMax = 1000;              // of a bucket, shown
constexpr size_t kChunksMax = 100'000;          // of one file
constexpr uint64_t kFileBytesMax = 8ull << 20;  // of a file that is answered
constexpr size_t kIndexesMax = 1000;
constexpr int64_t kListenSeconds = 5;  // unless told otherwise
constexpr int64_t kListenSecondsMax = 600;
constexpr int64_t kChanges = 100;  // unless told otherwise
constexpr int64_t kChangesMax = 10'000;

// REQUIRES: the session is this connector's, as an operation's contract says.
MongoQueries& own(Session& session) { return static_cast<MongoSession&>(session).commands(); }

Result<void> need(Session& session, Tier tier) {
  if (own(session).tier() >= tier) return {};
  return fail(Code::forbidden, "this shows or touches what is others', and the connection may not",
              "give the connection the admin tier in the configuration");
}

std::string database_of(Session& session, const Arguments& arguments) {
  const std::string given = arguments.text("database");
  return given.empty() ? own(session).database() : given;
}

Answer read_documents(const Context& context, Session& session, Arguments arguments) {
  MongoQueries& queries = own(session);
  Shape shape = queries.shape();
  if (arguments.has("rows")) shape.flat = arguments.text("rows") == "flat";
  if (arguments.has("json")) shape.canonical = arguments.text("json") == "canonical";
  DBOPS_ASSIGN(Bson command, parse_document(arguments.object("command")));
  DBOPS_ASSIGN(auto warnings, queries.look_for_scans(context, *command, Tier::read));
  return queries.run_command(context, std::move(command), Tier::read, shape, false,
                             std::move(warnings));
}

Answer index_usage(const Context& context, Session& session, Arguments arguments) {
  Link& link = own(session).link();
  const std::string database = database_of(session, arguments);
  const std::string collection = arguments.text("collection");
  DBOPS_ASSIGN(const std::vector<IndexInfo> indexes,
               read_indexes(context, link, database, collection));
  std::vector<std::pair<std::string, int64_t>> uses;
  auto counted = ask_each(context, link, database,
                          R"({"aggregate": )" + quoted(collection) +
                              R"(, "pipeline": [{"$indexStats": {}}], "cursor": {}})",
                          kIndexesMax, [&](const bson_t& index) {
                            uses.emplace_back(text_at(index, "name"),
                                              integer_at(index, "accesses.ops").value_or(0));
                          });
  if (!counted && !lacks(counted.error())) return fail(std::move(counted).error());
  auto table = std::make_unique<Table>(Schema{{"name", "", Kind::text},
                                              {"keys", "", Kind::text},
                                              {"unique", "", Kind::boolean},
                                              {"method", "", Kind::text},
                                              {"condition", "", Kind::json},
                                              {"bytes", "", Kind::integer},
                                              {"uses", "", Kind::integer},
                                              {"redundant_to", "", Kind::text}});
  const std::vector<Redundant> redundant = redundant_indexes(indexes);
  for (const IndexInfo& index : indexes) {
    std::string keys;
    for (const std::string& key : index.columns) keys += (keys.empty() ? "" : ", ") + key;
    Value used;
    for (const auto& [name, count] : uses)
      if (name == index.name) used = Value::integer(count);
    const auto other = std::find_if(redundant.begin(), redundant.end(), [&](const Redundant& each) {
      return each.index == index.name;
    });
    table->add({Value::text(index.name), Value::text(keys), Value::boolean(index.unique),
                Value::text(index.method),
                index.condition.empty() ? Value() : Value::view(Kind::json, index.condition),
                index.bytes ? Value::integer(*index.bytes) : Value(), used,
                other == redundant.end() ? Value() : Value::text(other->by)});
  }
  if (!counted)
    table->edit_summary().warnings.push_back("the server does not count the use of indexes");
  return table;
}

Answer changes(const Context& context, Session& session, Arguments arguments) {
  ChangesWanted wanted{.database = database_of(session, arguments),
                       .collection = arguments.text("collection"),
                       .documents = arguments.boolean("documents"),
                       .match = arguments.has("match") ? arguments.object("match") : ""};
  if (arguments.has("after")) {
    DBOPS_ASSIGN(wanted.after, parse_document(arguments.object("after")));
  }
  return collect_changes(
      context, own(session), wanted,
      std::chrono::seconds(arguments.integer("seconds").value_or(kListenSeconds)),
      arguments.integer("changes").value_or(kChanges));
}

// Numbers in MongoDB, texts in others.
std::string id_of(const bson_t& operation) {
  const auto number = integer_at(operation, "opid");
  return number ? std::to_string(*number) : escape_control(text_at(operation, "opid"));
}

Answer running_operations(const Context& context, Session& session, Arguments) {
  DBOPS_TRY(need(session, Tier::admin));
  DBOPS_ASSIGN(const Bson reply,
               ask(context, own(session).link(), "admin", R"({"currentOp": 1, "active": true})"));
  auto table = std::make_unique<Table>(Schema{{"operation", "", Kind::text},
                                              {"seconds", "", Kind::integer},
                                              {"kind", "", Kind::text},
                                              {"namespace", "", Kind::text},
                                              {"client", "", Kind::text},
                                              {"progress", "", Kind::text},
                                              {"command", "", Kind::json}});
  bson_iter_t found;
  bson_iter_t each;
  if (!find_field(*reply, "inprog", found) || !bson_iter_recurse(&found, &each)) return table;
  for (size_t shown = 0; shown < kRunningMax && bson_iter_next(&each); ++shown) {
    bson_t operation;
    if (!view_document(each, operation)) continue;
    const std::string id = id_of(operation);
    const std::string kind = escape_control(text_at(operation, "op"));
    const std::string space = escape_control(text_at(operation, "ns"));
    const std::string client = escape_control(text_at(operation, "client"));
    const std::string command = shown_json(operation, "command");
    const std::string progress = progress_of(operation);
    const auto seconds = integer_at(operation, "secs_running");
    table->add({Value::text(id), seconds ? Value::integer(*seconds) : Value(), Value::text(kind),
                Value::text(space), Value::text(client),
                progress.empty() ? Value() : Value::text(progress),
                command.empty() ? Value() : Value::view(Kind::json, command)});
  }
  return table;
}

Answer kill_operation(const Context& context, Session& session, Arguments arguments) {
  DBOPS_TRY(need(session, Tier::admin));
  const std::string id = arguments.text("operation");
  const bool number =
      !id.empty() && id.size() < 10 && id.find_first_not_of("0123456789") == std::string::npos;
  DBOPS_TRY(ask(context, own(session).link(), "admin",
                R"({"killOp": 1, "op": )" + (number ? id : quoted(id)) + "}"));
  auto table = std::make_unique<Table>(
      Schema{{"operation", "", Kind::text}, {"asked_to_end", "", Kind::boolean}});
  table->add({Value::text(id), Value::boolean(true)});
  return table;
}

std::string kill_danger(const Arguments& arguments) {
  return "this ends the operation " + escape_control(shorten(arguments.text("operation"), 64)) +
         "; what a write has changed until then stays";
}

std::string bucket_of(const Arguments& arguments) {
  const std::string given = arguments.text("bucket");
  return given.empty() ? "fs" : given;
}

Answer list_files(const Context& context, Session& session, Arguments arguments) {
  MongoQueries& queries = own(session);
  const std::string limit = std::to_string(kFilesMax);
  DBOPS_ASSIGN(Bson command,
               parse_document(R"({"find": )" + quoted(bucket_of(arguments) + ".files") +
                              R"(, "sort": {"filename": 1, "uploadDate": -1}, "limit": )" + limit +
                              R"(, "projection": {"filename": 1, "length": 1, "uploadDate": 1,
                                 "metadata": 1}, "$db": )" +
                              quoted(database_of(session, arguments)) + "}"));
  return queries.run_command(context, std::move(command), Tier::read, {.flat = true}, false);
}

// The newest file of that name: its id as canonical Extended JSON, and its length.
struct File {
  std::string id;
  int64_t length = -1;
};
Result<File> find_file(const Context& context, Link& link, const std::string& database,
                       const std::string& bucket, const std::string& name) {
  File file;
  DBOPS_TRY(ask_each(context, link, database,
                     R"({"find": )" + quoted(bucket + ".files") + R"(, "filter": {"filename": )" +
                         quoted(name) + R"(}, "sort": {"uploadDate": -1}, "limit": 1})",
                     1, [&](const bson_t& found) {
                       bson_iter_t id;
                       if (find_field(found, "_id", id) &&
                           !append_json(file.id, id, JsonForm::canonical))
                         file.id.clear();
                       file.length = integer_at(found, "length").value_or(-1);
                     }));
  if (file.id.empty() || file.length < 0)
    return fail(Code::not_found,
                "the bucket " + escape_control(bucket) + " has no file \"" +
                    escape_control(shorten(name, 80)) + '"',
                "gridfs_list shows the files that there are");
  if (static_cast<uint64_t>(file.length) > kFileBytesMax)
    return fail(Code::too_large,
                "the file has " + format_bytes(static_cast<uint64_t>(file.length)) + "; at most " +
                    format_bytes(kFileBytesMax) + " are answered",
                "read its chunks with a find on " + escape_control(bucket) + ".chunks");
  return file;
}

Answer get_file(const Context& context, Session& session, Arguments arguments) {
  Link& link = own(session).link();
  const std::string database = database_of(session, arguments);
  const std::string bucket = bucket_of(arguments);
  const std::string name = arguments.text("filename");
  DBOPS_ASSIGN(const File file, find_file(context, link, database, bucket, name));
  std::string bytes;
  int64_t next = 0;
  bool whole = true;
  DBOPS_TRY(ask_each(context, link, database,
                     R"({"find": )" + quoted(bucket + ".chunks") + R"(, "filter": {"files_id": )" +
                         file.id + R"(}, "sort": {"n": 1}})",
                     kChunksMax, [&](const bson_t& chunk) {
                       bson_iter_t data;
                       bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
                       uint32_t size = 0;
                       const uint8_t* start = nullptr;
                       whole = whole && integer_at(chunk, "n") == next++ &&
                               find_field(chunk, "data", data) && BSON_ITER_HOLDS_BINARY(&data);
                       if (!whole || bytes.size() > kFileBytesMax) return;
                       bson_iter_binary(&data, &subtype, &size, &start);
                       bytes.append(reinterpret_cast<const char*>(start), size);
                     }));
  if (!whole || bytes.size() != static_cast<uint64_t>(file.length))
    return fail(Code::corrupt, "chunks of the file are missing: " + format_bytes(bytes.size()) +
                                   " of " + format_bytes(static_cast<uint64_t>(file.length)) +
                                   " are there");
  auto table =
      std::make_unique<Table>(Schema{{"filename", "", Kind::text}, {"data", "", Kind::bytes}});
  table->add({Value::text(name), Value::view(Kind::bytes, bytes)});
  return table;
}

Answer put(const Context& context, Session& session, Arguments arguments) {
  if (arguments.has("text") == arguments.has("base64"))
    return fail(Code::invalid_argument, "a file's content is given as text or as base64, once");
  std::string bytes = arguments.text("text");
  if (arguments.has("base64")) {
    auto decoded = decode_base64(arguments.text("base64"));
    if (!decoded) return fail(Code::invalid_argument, "the argument \"base64\" is no base64");
    bytes = *std::move(decoded);
  }
  return put_file(context, own(session), database_of(session, arguments), bucket_of(arguments),
                  arguments.text("filename"), bytes);
}

const Argument kDatabase{.name = "database", .description = "The URL's unless given."};
const Argument kBucket{.name = "bucket", .description = "A GridFS bucket; fs unless given."};

const std::array kOperations = {
    Operation{.name = "read_documents",
              .description = "Runs a command that reads, with documents or fields as columns.",
              .arguments = {{.name = "command",
                             .type = ArgumentType::object,
                             .description = "A database command, such as {\"find\": \"movies\"}.",
                             .required = true},
                            {.name = "rows",
                             .type = ArgumentType::choice,
                             .description = "flat: a column for each field.",
                             .choices = {"document", "flat"}},
                            {.name = "json",
                             .type = ArgumentType::choice,
                             .description = "canonical: with the type of every number.",
                             .choices = {"relaxed", "canonical"}}},
              .run = read_documents},
    Operation{
        .name = "index_usage",
        .description =
            "The indexes of a collection: keys, size, how often used, which stands in for which.",
        .arguments = {{.name = "collection",
                       .description = "The collection's name.",
                       .required = true},
                      kDatabase},
        .run = index_usage},
    Operation{.name = "collect_changes",
              .description = "What changes from now on, or behind a token, for some seconds.",
              .arguments = {{.name = "collection",
                             .description = "Its name; all of the database unless given."},
                            kDatabase,
                            {.name = "seconds",
                             .type = ArgumentType::integer,
                             .description = "How long at most; 5 unless given.",
                             .minimum = 1,
                             .maximum = kListenSecondsMax},
                            {.name = "changes",
                             .type = ArgumentType::integer,
                             .description = "How many at most; 100 unless given.",
                             .minimum = 1,
                             .maximum = kChangesMax},
                            {.name = "match",
                             .type = ArgumentType::object,
                             .description = "Only events like {\"operationType\": \"insert\"}."},
                            {.name = "documents",
                             .type = ArgumentType::boolean,
                             .description = "Updates with the whole document."},
                            {.name = "after",
                             .type = ArgumentType::object,
                             .description = "A token: go on where an answer before ended."}},
              .run = changes},
    Operation{.name = "gridfs_list",
              .description = "The files of a GridFS bucket: name, length, date, metadata.",
              .arguments = {kBucket, kDatabase},
              .run = list_files},
    Operation{
        .name = "gridfs_get",
        .description = "A file of a GridFS bucket, the newest of its name, as bytes.",
        .arguments = {{.name = "filename", .description = "The file's name.", .required = true},
                      kBucket,
                      kDatabase},
        .run = get_file},
    Operation{
        .name = "gridfs_put",
        .description = "Puts a file into a GridFS bucket, beside those of its name.",
        .tier = Tier::write,
        .arguments = {{.name = "filename", .description = "The file's name.", .required = true},
                      {.name = "text", .description = "Its content.", .bytes_max = kPutBytesMax},
                      {.name = "base64",
                       .description = "Its content, where it is no text.",
                       .bytes_max = kPutBytesMax / 3 * 4 + 4},
                      kBucket,
                      kDatabase},
        .run = put},
    Operation{.name = "running_operations",
              .description = "What the server works on: since when, for whom, which command.",
              .tier = Tier::admin,
              .run = running_operations},
    Operation{.name = "kill_operation",
              .description = "Ends an operation of the server.",
              .tier = Tier::admin,
              .arguments = {{.name = "operation",
                             .description = "Its id, from running_operations.",
                             .required = true}},
              .danger = kill_danger,
              .run = kill_operation},
};

}  // namespace

std::span<const Operation> operations() { return kOperations; }

}  // namespace dbops::mongodb
