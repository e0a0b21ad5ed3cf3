#include "mcp/mirror.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace dbops::mcp {
namespace {

namespace json = boost::json;

bool is_mirrorable(const json::object& property) {
  const json::string* type = text_member(property, "type");
  return type != nullptr && (*type == "string" || *type == "integer" || *type == "boolean");
}

void gather(const json::object& schema, std::vector<std::string>& path,
            std::vector<Mirror>& mirrors) {
  const json::object* properties = object_member(schema, "properties");
  if (properties == nullptr) return;
  for (const auto& [name, property] : *properties) {
    if (!property.is_object()) continue;
    path.emplace_back(name);
    const json::string* header = text_member(property.get_object(), "x-mcp-header");
    if (header != nullptr && is_mirrorable(property.get_object()))
      mirrors.push_back({.header = std::string(*header), .path = path});
    gather(property.get_object(), path, mirrors);
    path.pop_back();
  }
}

}  // namespace

std::vector<Mirror> read_mirrors(std::string_view schema) {
  std::vector<Mirror> mirrors;
  if (schema.empty()) return mirrors;
  const auto parsed = parse_json(schema);
  std::vector<std::string> path;
  if (parsed && parsed->is_object()) gather(parsed->get_object(), path, mirrors);
  return mirrors;
}

std::vector<MirroredParam> find_mirrored(const std::vector<Mirror>& mirrors,
                                         const json::object* arguments) {
  std::vector<MirroredParam> params;
  for (const Mirror& mirror : mirrors) {
    const json::object* at = arguments;
    for (size_t i = 0; i + 1 < mirror.path.size() && at != nullptr; ++i)
      at = object_member(*at, mirror.path[i]);
    const json::value* value = at != nullptr ? member(*at, mirror.path.back()) : nullptr;
    if (value != nullptr && value->is_null()) value = nullptr;
    params.push_back({.header = mirror.header, .value = value});
  }
  return params;
}

}  // namespace dbops::mcp
