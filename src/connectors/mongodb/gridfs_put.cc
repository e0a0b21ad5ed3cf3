#include "connectors/mongodb/gridfs_put.h"

#include <array>
#include <chrono>
#include <utility>

#include "base/text.h"
#include "connectors/mongodb/ask.h"
#include "connectors/mongodb/errors.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/statement.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kChunkBytes = 255u << 10;  // what drivers cut files into

std::string new_id() {
  constexpr size_t kHexBytes = 25;  // with the NUL at the end
  bson_oid_t id;
  bson_oid_init(&id, nullptr);
  std::array<char, kHexBytes> hex{};
  bson_oid_to_string(&id, hex.data());
  return R"({"$oid": ")" + std::string(hex.data()) + R"("})";
}

class Upload {
 public:
  Upload(const Context& context, MongoQueries& queries, const std::string& database,
         const std::string& bucket)
      : context_(context), queries_(queries), database_(database), bucket_(bucket) {}

  const std::string& id() const { return id_; }

  Result<void> make_indexes() {
    DBOPS_TRY(send(R"({"createIndexes": )" + quoted(bucket_ + ".chunks") +
                   R"(, "indexes": [{"key": {"files_id": 1, "n": 1}, "name": "files_id_1_n_1",
                        "unique": true}])"));
    return send(R"({"createIndexes": )" + quoted(bucket_ + ".files") +
                R"(, "indexes": [{"key": {"filename": 1, "uploadDate": 1},
                     "name": "filename_1_uploadDate_1"}])");
  }

  Result<void> put_chunks(std::string_view bytes) {
    for (size_t at = 0, n = 0; at < bytes.size(); at += kChunkBytes, ++n) {
      Parameters data;
      data.add({}, Value::view(Kind::bytes, bytes.substr(at, kChunkBytes)));
      DBOPS_TRY(send(R"({"insert": )" + quoted(bucket_ + ".chunks") +
                         R"(, "documents": [{"_id": )" + new_id() + R"(, "files_id": )" + id_ +
                         R"(, "n": )" + std::to_string(n) + R"(, "data": "$1"}])",
                     data));
    }
    return {};
  }

  Result<void> put_file(const std::string& name, size_t length) {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    Parameters given;
    given.add({}, Value::text(name));
    return send(R"({"insert": )" + quoted(bucket_ + ".files") + R"(, "documents": [{"_id": )" +
                    id_ + R"(, "length": {"$numberLong": ")" + std::to_string(length) +
                    R"("}, "chunkSize": )" + std::to_string(kChunkBytes) +
                    R"(, "uploadDate": {"$date": {"$numberLong": ")" + std::to_string(now.count()) +
                    R"("}}, "filename": "$1"}])",
                given);
  }

  // What is known of the chunks afterwards.
  Effect remove_chunks() {
    const auto removed = send(R"({"delete": )" + quoted(bucket_ + ".chunks") +
                              R"(, "deletes": [{"q": {"files_id": )" + id_ + R"(}, "limit": 0}])");
    return removed ? Effect::none : Effect::unknown;
  }

 private:
  // `command` lacks its end. A read tier is refused here.
  Result<void> send(const std::string& command, const Parameters& parameters = {}) {
    DBOPS_ASSIGN(Bson parsed, parse_document(command + R"(, "$db": )" + quoted(database_) + "}"));
    DBOPS_ASSIGN(Bson bound, bind(std::move(parsed), parameters));
    DBOPS_ASSIGN(const Bson reply, queries_.send(context_, std::move(bound), queries_.tier()));
    if (auto error = write_error(*reply)) return fail(*std::move(error));
    return {};
  }

  const Context& context_;
  MongoQueries& queries_;
  const std::string& database_;
  const std::string& bucket_;
  const std::string id_ = new_id();
};

}  // namespace

Result<std::unique_ptr<Stream>> put_file(const Context& context, MongoQueries& queries,
                                         const std::string& database, const std::string& bucket,
                                         const std::string& name, std::string_view bytes) {
  if (bytes.size() > kPutBytesMax)
    return fail(Code::too_large, "a file is put with at most " + format_bytes(kPutBytesMax),
                "use mongofiles for larger ones");
  Upload upload(context, queries, database, bucket);
  DBOPS_TRY(upload.make_indexes());
  auto done = upload.put_chunks(bytes);
  if (done) done = upload.put_file(name, bytes.size());
  if (!done) {
    Error error = std::move(done).error();
    error.effect = upload.remove_chunks();
    return fail(std::move(error));
  }
  auto table = std::make_unique<Table>(
      Schema{{"id", "", Kind::json}, {"filename", "", Kind::text}, {"bytes", "", Kind::integer}});
  table->add({Value::view(Kind::json, upload.id()), Value::text(name),
              Value::integer(static_cast<int64_t>(bytes.size()))});
  return table;
}

}  // namespace dbops::mongodb
