#include "app/install/record.h"

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>

#include "base/bytes.h"
#include "base/json.h"

namespace dbops::app {
namespace {

constexpr size_t kRecordBytesMax = 1u << 20;  // bytes

std::string text_of(const boost::json::object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  const auto* text = found == nullptr ? nullptr : found->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

bool flag_of(const boost::json::object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found != nullptr && found->is_bool() && found->get_bool();
}

}  // namespace

std::string digest_of(std::string_view entry) { return hex(sha256(entry)); }

Result<Record> Record::load(Files& files, std::string path) {
  Record record(std::move(path));
  const auto text = files.read(record.path_, kRecordBytesMax);
  if (!text && text.error().code == Code::not_found) return record;
  if (!text) return fail(text.error());
  const auto parsed = parse_json(*text);
  const auto* list = parsed ? parsed->if_array() : nullptr;
  if (list == nullptr)
    return fail(Code::corrupt, record.path_ + " is not what dbops writes there",
                "remove the file; what was installed before must then be taken back by hand");
  for (const auto& item : *list) {
    if (!item.is_object()) continue;
    const auto& object = item.get_object();
    record.all_.push_back({.file = text_of(object, "file"),
                           .name = text_of(object, "name"),
                           .digest = text_of(object, "digest"),
                           .made_section = flag_of(object, "made_section"),
                           .made_file = flag_of(object, "made_file")});
  }
  return record;
}

const Written* Record::find(std::string_view file, std::string_view name) const {
  for (const Written& written : all_)
    if (written.file == file && written.name == name) return &written;
  return nullptr;
}

void Record::put(Written written) {
  remove(written.file, written.name);
  all_.push_back(std::move(written));
}

void Record::remove(std::string_view file, std::string_view name) {
  std::erase_if(all_, [&](const Written& each) { return each.file == file && each.name == name; });
}

Result<void> Record::save(Files& files) const {
  std::string text;
  JsonWriter writer(text);
  writer.begin_array();
  for (const Written& written : all_)
    writer.begin_object()
        .member("file", written.file)
        .member("name", written.name)
        .member("digest", written.digest)
        .member("made_section", written.made_section)
        .member("made_file", written.made_file)
        .end_object();
  writer.end_array();
  std::error_code ignored;  // What could not be made is told by create().
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
  DBOPS_ASSIGN(const auto file, files.create(path_, Files::Existing::replace));
  DBOPS_TRY(file->write(text + "\n"));
  return file->commit();
}

}  // namespace dbops::app
