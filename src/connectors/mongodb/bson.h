// BSON documents that own their memory, by libbson.
#pragma once

#include <bson/bson.h>

#include <optional>
#include <string>
#include <string_view>

namespace dbops::mongodb {

// A document that owns its bytes. Movable.
class Bson {
 public:
  Bson() { bson_init(&value_); }
  ~Bson() { bson_destroy(&value_); }
  Bson(Bson&& other) noexcept { take(other); }
  Bson& operator=(Bson&& other) noexcept {
    if (this == &other) return *this;
    bson_destroy(&value_);
    take(other);
    return *this;
  }
  static Bson copy_of(const bson_t& other) {
    Bson copy;
    bson_concat(copy.get(), &other);
    return copy;
  }

  bson_t* get() { return &value_; }
  const bson_t* get() const { return &value_; }
  const bson_t& operator*() const { return value_; }
  // Empty, for a function that initializes what it is given.
  bson_t* out() {
    bson_destroy(&value_);
    return &value_;
  }

 private:
  void take(Bson& other) noexcept {
    bson_steal(&value_, &other.value_);
    bson_init(&other.value_);
  }
  bson_t value_;
};

// A field of a document, or of those within it: "cursor.id". False where there is none.
bool find_field(const bson_t& document, const char* path, bson_iter_t& found);

// What stands there, where it has that type; numbers of any type that are whole.
std::optional<int64_t> integer_at(const bson_t& document, const char* path);
std::optional<double> number_at(const bson_t& document, const char* path);
std::string text_at(const bson_t& document, const char* path);  // Empty where there is none.
bool true_at(const bson_t& document, const char* path);

std::optional<double> number_of(const bson_iter_t& value);

std::string_view text_of(const bson_iter_t& value);  // Empty where it is no text.
inline std::string_view key_of(const bson_iter_t& field) {
  return {bson_iter_key(&field), bson_iter_key_len(&field)};
}

// The document or array that the field holds, without a copy: false where it holds neither.
bool view_document(const bson_iter_t& field, bson_t& view);

// Calls `each(const bson_iter_t&)` for each field of the document.
template <class Each>
void for_each_field(const bson_t& document, Each each) {
  bson_iter_t field;
  if (!bson_iter_init(&field, &document)) return;
  while (bson_iter_next(&field)) each(field);
}
// The same for the document or array that `field` holds, if it holds one.
template <class Each>
void for_each_within(const bson_iter_t& field, Each each) {
  bson_t inner;
  if (view_document(field, inner)) for_each_field(inner, each);
}

}  // namespace dbops::mongodb
