#include "connectors/mongodb/watcher.h"

namespace dbops::mongodb {
namespace {

constexpr int64_t kWireOfMongo6 = 17;  // From there on a stream tells of the catalogue, too.
// Between two looks at whether there is something, where the caller has no limit of time.
constexpr std::chrono::milliseconds kWaitMax{1000};

constexpr const char* kOfTheCatalogue = R"({"operationType": {"$in": ["create", "createIndexes",
  "drop", "dropDatabase", "dropIndexes", "invalidate", "modify", "refineCollectionShardKey",
  "rename", "reshardCollection", "shardCollection"]}})";

void add_place(const bson_t& event, const char* database, const char* collection,
               std::vector<Watcher::Place>& places) {
  Watcher::Place place = {text_at(event, database)};
  if (place[0].empty()) return;
  if (std::string name = text_at(event, collection); !name.empty())
    place.push_back(std::move(name));
  places.push_back(std::move(place));
}

}  // namespace

Result<void> MongoWatcher::begin(const Context& context) {
  if (stream_ && stream_->open()) return {};
  stream_.reset();
  if (queries_.link().facts().wire < kWireOfMongo6)
    return fail(Code::unsupported, "this server tells nobody of new collections and indexes",
                "replica sets and mongos do from MongoDB 6.0 on");
  ChangesWanted wanted{
      .database = "admin", .everywhere = true, .schema = true, .match = kOfTheCatalogue};
  auto stream = ChangeStream::open(context, queries_, wanted);
  if (!stream && stream.error().code == Code::denied) {
    wanted.database = queries_.database();
    wanted.everywhere = false;
    stream = ChangeStream::open(context, queries_, wanted);
  }
  if (!stream) return fail(std::move(stream).error());
  stream_ = *std::move(stream);
  return {};
}

// A wait that ends without an event leaves the stream as it is: the server answers before the
// caller's time is over.
Result<std::vector<Watcher::Place>> MongoWatcher::next(const Context& context) {
  std::vector<Place> places;
  while (places.empty()) {
    bson_t event;
    DBOPS_ASSIGN(const bool more, stream_->arrived(event));
    if (more) {
      add_place(event, "ns.db", "ns.coll", places);
      add_place(event, "to.db", "to.coll", places);
      if (places.empty()) places.emplace_back();
      continue;
    }
    DBOPS_TRY(context.alive());
    if (!stream_->open()) DBOPS_TRY(begin(context));
    DBOPS_TRY(stream_->wait(context, context.deadline.remaining().value_or(kWaitMax)));
  }
  return places;
}

}  // namespace dbops::mongodb
