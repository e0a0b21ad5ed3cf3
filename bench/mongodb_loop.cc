// A bare loop over libmongoc's cursor: mongodb_loop URI DATABASE COLLECTION. Prints each document
// as relaxed Extended JSON, a line each. What reading a whole collection is measured against.
#include <mongoc/mongoc.h>

#include <cstdio>

int main(int count, char** arguments) {
  if (count != 4) {
    std::fputs("usage: mongodb_loop URI DATABASE COLLECTION\n", stderr);
    return 2;
  }
  mongoc_init();
  mongoc_client_t* client = mongoc_client_new(arguments[1]);
  mongoc_collection_t* collection =
      mongoc_client_get_collection(client, arguments[2], arguments[3]);
  bson_t filter = BSON_INITIALIZER;
  mongoc_cursor_t* cursor = mongoc_collection_find_with_opts(collection, &filter, nullptr, nullptr);
  const bson_t* document = nullptr;
  while (mongoc_cursor_next(cursor, &document)) {
    size_t size = 0;
    char* json = bson_as_relaxed_extended_json(document, &size);
    std::fwrite(json, 1, size, stdout);
    std::fputc('\n', stdout);
    bson_free(json);
  }
  bson_error_t error;
  const bool failed = mongoc_cursor_error(cursor, &error);
  if (failed) std::fprintf(stderr, "%s\n", error.message);
  mongoc_cursor_destroy(cursor);
  mongoc_collection_destroy(collection);
  mongoc_client_destroy(client);
  mongoc_cleanup();
  return failed ? 1 : 0;
}
