#include "app/toml.h"

#include <utility>

#include "app/toml/scalar.h"
#include "app/toml/scanner.h"
#include "app/toml/tree.h"
#include "base/text.h"

namespace dbops::app {
namespace {

constexpr size_t kDepthMax = 128;   // Tables and lists within each other.
constexpr size_t kShownBytes = 80;  // Of a key in a message.
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// By TOML 1.1. Values never appear in its messages: they may be secrets.
class TomlReader {
 public:
  explicit TomlReader(std::string_view text) : scan_(text) {}

  Result<Node> document() {
    std::ignore = scan_.take(kByteOrderMark);
    for (;;) {
      DBOPS_TRY(scan_.blanks());
      if (scan_.done()) return finish(std::move(root_));
      if (scan_.sees("[")) {
        DBOPS_TRY(header());
      } else {
        DBOPS_TRY(assignment(*table_, depth_));
      }
      DBOPS_TRY(scan_.line_end());
    }
  }
  Place place(size_t at) { return scan_.place(at); }

 private:
  using Kind = TomlItem::Kind;
  struct Part {
    std::string name;
    size_t at = 0;
  };
  using Key = std::vector<Part>;

  // `depth`: of the table that the key stands in.
  Result<Key> key(size_t depth) {
    Key parts;
    do {
      scan_.spaces();
      const size_t at = scan_.at();
      if (depth + parts.size() == kDepthMax) return too_deep();
      DBOPS_ASSIGN(std::string name, scan_.key());
      parts.push_back({std::move(name), at});
      scan_.spaces();
    } while (scan_.take("."));
    return parts;
  }

  Result<void> header() {
    const size_t at = scan_.at();
    const bool repeated = scan_.take("[[");
    if (!repeated) std::ignore = scan_.take("[");
    DBOPS_ASSIGN(Key parts, key(repeated ? 1 : 0));
    const char* end = repeated ? "]]" : "]";
    if (!scan_.take(end)) return scan_.expected("'" + std::string(end) + "'");
    depth_ = parts.size() + (repeated ? 1 : 0);
    Part last = std::move(parts.back());
    parts.pop_back();
    TomlItem* table = &root_;
    for (Part& part : parts) {
      TomlItem* found = table->find(part.name);
      if (found != nullptr && found->kind == Kind::value)
        return redefined(part, *found, " as table");
      if (found == nullptr) found = &add(*table, std::move(part), Kind::implied, at);
      table = found->kind == Kind::repeated ? found->tables.back().get() : found;
    }
    return repeated ? open_another(*table, std::move(last), at) : open(*table, std::move(last), at);
  }

  Result<void> open(TomlItem& parent, Part part, size_t at) {
    TomlItem* found = parent.find(part.name);
    if (found == nullptr) {
      found = &add(parent, std::move(part), Kind::headed, at);
    } else if (found->kind == Kind::implied) {
      found->kind = Kind::headed;
      found->node.place = scan_.place(at);
      found->node.key_place = scan_.place(part.at);
    } else {
      return redefined(part, *found, found->type_name() == "table" ? "" : " as table");
    }
    table_ = found;
    return {};
  }

  Result<void> open_another(TomlItem& parent, Part part, size_t at) {
    TomlItem* found = parent.find(part.name);
    if (found != nullptr && found->kind != Kind::repeated)
      return redefined(part, *found, " as array of tables");
    if (found == nullptr) found = &add(parent, std::move(part), Kind::repeated, at);
    found->tables.push_back(std::make_unique<TomlItem>());
    table_ = found->tables.back().get();
    table_->node.place = table_->node.key_place = scan_.place(at);
    return {};
  }

  Result<void> assignment(TomlItem& table, size_t depth) {
    DBOPS_ASSIGN(Key parts, key(depth));
    if (!scan_.take("=")) return scan_.expected("'=' behind a key");
    scan_.spaces();
    const size_t levels = depth + parts.size();
    Part last = std::move(parts.back());
    parts.pop_back();
    TomlItem* parent = &table;
    for (Part& part : parts) {
      TomlItem* found = parent->find(part.name);
      if (found == nullptr) {
        const size_t at = part.at;
        found = &add(*parent, std::move(part), Kind::dotted, at);
      } else if (found->kind == Kind::implied) {
        found->kind = Kind::dotted;
      } else if (found->kind != Kind::dotted) {
        return redefined(part, *found);
      }
      parent = found;
    }
    if (const TomlItem* found = parent->find(last.name)) return redefined(last, *found);
    const size_t at = last.at;
    TomlItem& item = add(*parent, std::move(last), Kind::value, at);
    DBOPS_ASSIGN(Node read, value(levels));
    read.key_place = item.node.key_place;
    item.node = std::move(read);
    return {};
  }

  Result<Node> value(size_t depth) {
    const size_t at = scan_.at();
    const Place place = scan_.place(at);
    DBOPS_ASSIGN(Node out, unplaced_value(depth));
    out.place = place;
    return out;
  }

  Result<Node> unplaced_value(size_t depth) {
    if (scan_.sees("[")) return list(depth);
    if (scan_.sees("{")) return braces(depth);
    if (scan_.sees("\"") || scan_.sees("'")) {
      DBOPS_ASSIGN(std::string text, scan_.string());
      Node out;
      out.type = Node::Type::text;
      out.text = std::move(text);
      return out;
    }
    const size_t at = scan_.at();
    const std::string_view token = scan_.token();
    if (token.empty()) return scan_.expected("a value");
    if (auto out = read_scalar(token)) return std::move(*out);
    return TomlScanner::wrong(at,
                              "not a value: text needs quotes, an integer has 64 bits and no zero "
                              "in front, a date is written 1979-05-27");
  }

  Result<Node> list(size_t depth) {
    if (depth == kDepthMax) return too_deep();
    std::ignore = scan_.take("[");
    Node out;
    out.type = Node::Type::array;
    do {
      DBOPS_TRY(scan_.blanks());
      if (scan_.take("]")) return out;
      DBOPS_ASSIGN(Node item, value(depth + 1));
      out.items.push_back(std::move(item));
      DBOPS_TRY(scan_.blanks());
    } while (scan_.take(","));
    if (!scan_.take("]")) return scan_.expected("',' or ']'");
    return out;
  }

  Result<Node> braces(size_t depth) {
    std::ignore = scan_.take("{");
    TomlItem table;
    do {
      DBOPS_TRY(scan_.blanks());
      if (scan_.take("}")) return finish(std::move(table));
      DBOPS_TRY(assignment(table, depth));
      DBOPS_TRY(scan_.blanks());
    } while (scan_.take(","));
    if (!scan_.take("}")) return scan_.expected("',' or '}'");
    return finish(std::move(table));
  }

  // `at`: where what opened the table stands.
  TomlItem& add(TomlItem& table, Part part, Kind kind, size_t at) {
    TomlItem& item = table.add(std::move(part.name), kind, scan_.place(part.at));
    item.node.place = scan_.place(at);
    return item;
  }

  tl::unexpected<Error> too_deep() const {
    return scan_.wrong("nested too deep (at most " + std::to_string(kDepthMax) + " levels)");
  }
  static tl::unexpected<Error> redefined(const Part& part, const TomlItem& existing,
                                         const std::string& as = {}) {
    return TomlScanner::wrong(
        part.at, "cannot redefine existing " + std::string(existing.type_name()) + " '" +
                     escape_control(shorten(part.name, kShownBytes)) + "'" + as);
  }

  TomlScanner scan_;
  TomlItem root_;
  TomlItem* table_ = &root_;  // Under the last header.
  size_t depth_ = 0;          // Of that table.
};

size_t first_byte_that_is_not_utf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t bytes = character_bytes(text, at);
    if (bytes == 0) break;
    at += bytes;
  }
  return at;
}

}  // namespace

std::string_view name(Node::Type type) noexcept {
  switch (type) {
    case Node::Type::text:
      return "a string";
    case Node::Type::integer:
      return "an integer";
    case Node::Type::real:
      return "a fractional number";
    case Node::Type::boolean:
      return "true or false";
    case Node::Type::date:
      return "a date or time";
    case Node::Type::array:
      return "an array";
    case Node::Type::table:
      return "a table";
  }
  return "";
}

tl::expected<Node, Problem> parse_toml(std::string_view text) {
  TomlReader reader(text);
  if (text.size() > kTomlBytesMax)
    return tl::unexpected<Problem>({{}, "larger than " + format_bytes(kTomlBytesMax), ""});
  if (const size_t bad = first_byte_that_is_not_utf8(text); bad < text.size())
    return tl::unexpected<Problem>({reader.place(bad), "not UTF-8", "save the file as UTF-8"});
  auto read = reader.document();
  if (read) return std::move(*read);
  return tl::unexpected<Problem>({reader.place(*read.error().position - 1),
                                  std::move(read.error().message),
                                  "see https://toml.io for the syntax"});
}

}  // namespace dbops::app
