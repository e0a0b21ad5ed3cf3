// The official test suite of TOML, for version 1.1: what is valid reads as its JSON says, what is
// not is refused with its place.
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "app/toml.h"
#include "base/json.h"

namespace dbops::app {
namespace {

constexpr size_t kCasesMin = 600;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// T, t or a space: "a datetime" in the suite's JSON always has a T, and seconds.
std::string normal(std::string text) {
  if (text.size() > 10 && text[4] == '-') text[10] = 'T';
  if (text.ends_with('z')) text.back() = 'Z';
  return text;
}

// Of times only what comes before the seconds and their fraction, which may be written shorter.
bool same_date(const std::string& read, const std::string& expected) {
  const size_t colon = read.find(':');
  const size_t size = colon == std::string::npos ? std::string::npos : colon + 3;
  return normal(read).substr(0, size) == normal(expected).substr(0, size);
}

bool same_real(double read, const std::string& expected) {
  if (expected.ends_with("nan")) return std::isnan(read);
  return read == std::strtod(expected.c_str(), nullptr);
}

bool same_scalar(const Node& node, std::string_view type, const std::string& value) {
  switch (node.type) {
    case Node::Type::text:
      return type == "string" && node.text == value;
    case Node::Type::integer:
      return type == "integer" && std::to_string(node.integer) == value;
    case Node::Type::real:
      return type == "float" && same_real(node.real, value);
    case Node::Type::boolean:
      return type == "bool" && (node.integer == 1) == (value == "true");
    case Node::Type::date:
      return (type.starts_with("date") || type.ends_with("-local")) && same_date(node.text, value);
    default:
      return false;
  }
}

bool same(const Node& node, const boost::json::value& json) {
  if (const auto* list = json.if_array()) {
    if (node.type != Node::Type::array || node.items.size() != list->size()) return false;
    for (size_t i = 0; i < list->size(); ++i)
      if (!same(node.items[i], list->at(i))) return false;
    return true;
  }
  const auto& object = json.as_object();
  if (node.type != Node::Type::table)
    return same_scalar(node, object.at("type").as_string(),
                       std::string(object.at("value").as_string()));
  if (node.members.size() != object.size()) return false;
  for (const Member& member : node.members)
    if (!object.contains(member.name) || !same(member.node, object.at(member.name))) return false;
  return true;
}

void check_valid(const std::string& path) {
  const auto read = parse_toml(read_file(path));
  ASSERT_TRUE(read) << read.error().place.line << ": " << read.error().message;
  const auto json = parse_json(read_file(path.substr(0, path.size() - 5) + ".json"));
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_TRUE(same(*read, *json));
}

void check_invalid(const std::string& path) {
  const auto read = parse_toml(read_file(path));
  ASSERT_FALSE(read);
  EXPECT_GT(read.error().place.line, 0u);
  EXPECT_FALSE(read.error().message.empty());
}

TEST(TomlSuite, Agrees) {
  const char* home = std::getenv("DBOPS_TEST_TOML_SUITE");
  ASSERT_NE(home, nullptr)
      << "set DBOPS_TEST_TOML_SUITE to what tests/conformance/toml/install prints";
  const std::string folder = std::string(home) + "/tests/";
  std::ifstream list(folder + "files-toml-1.1.0");
  size_t cases = 0;
  for (std::string name; std::getline(list, name);) {
    if (!name.ends_with(".toml")) continue;
    SCOPED_TRACE(name);
    ++cases;
    if (name.starts_with("valid/"))
      check_valid(folder + name);
    else
      check_invalid(folder + name);
  }
  EXPECT_GE(cases, kCasesMin);
}

}  // namespace
}  // namespace dbops::app
