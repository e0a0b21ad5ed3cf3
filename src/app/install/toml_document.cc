#include "app/install/toml_document.h"

#include <algorithm>
#include <bit>

#include "app/toml.h"
#include "base/json.h"

namespace dbops::app {
namespace {

// A TOML basic string: JSON's escapes are all among TOML's.
std::string quoted(std::string_view text) {
  std::string out;
  JsonWriter(out).string(text);
  return out;
}

std::string render(const EntryValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
  std::string out;
  for (const std::string& item : std::get<std::vector<std::string>>(value))
    out += (out.empty() ? "" : ", ") + quoted(item);
  return "[" + out + "]";
}

const Node* find(const Node* table, std::string_view name) {
  if (table == nullptr) return nullptr;
  for (const Member& member : table->members)
    if (member.name == name) return &member.node;
  return nullptr;
}

void append(std::string& out, const Node& node) {
  out += std::to_string(static_cast<int>(node.type)) + ':' + std::to_string(node.integer) + ':' +
         std::to_string(std::bit_cast<uint64_t>(node.real)) + ':' + quoted(node.text) + '[';
  for (const Node& item : node.items) append(out, item);
  out += "]{";
  for (const Member& member : node.members) {
    out += quoted(member.name) + '=';
    append(out, member.node);
  }
  out += '}';
}

std::string_view trimmed(std::string_view line) {
  const size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  line.remove_prefix(begin);
  return line.substr(0, line.find_last_not_of(" \t\r\n") + 1);
}

std::vector<size_t> line_starts(std::string_view text) {
  std::vector<size_t> starts = {0};
  for (size_t at = 0; (at = text.find('\n', at)) != std::string_view::npos;) starts.push_back(++at);
  return starts;
}

class TomlDocument final : public Document {
 public:
  TomlDocument(std::string text, Node root, std::string section)
      : text_(std::move(text)),
        root_(std::move(root)),
        section_(std::move(section)),
        lines_(line_starts(text_)) {}

  std::optional<std::string> entry(std::string_view name) const override {
    const Node* found = find(find(&root_, section_), name);
    if (found == nullptr) return std::nullopt;
    std::string out;
    append(out, *found);
    return out;
  }

  std::string rest(std::string_view name) const override {
    Node root = root_;
    const auto erase = [](Node& table, std::string_view key) {
      std::erase_if(table.members, [&](const Member& member) { return member.name == key; });
    };
    for (Member& member : root.members)
      if (member.name == section_) erase(member.node, name);
    if (const Node* section = find(&root, section_); section != nullptr && section->members.empty())
      erase(root, section_);
    std::string out;
    append(out, root);
    return out;
  }

  bool has_section() const override { return find(&root_, section_) != nullptr; }
  bool blank() const override { return trimmed(text_).empty(); }

  Result<std::string> put(std::string_view name, const Entry& entry) const override {
    const std::string line_break = text_.find("\r\n") == std::string::npos ? "\n" : "\r\n";
    std::string table = header(name) + line_break;
    for (const auto& [key, value] : entry) table += key + " = " + render(value) + line_break;
    std::string text = text_;
    if (find(find(&root_, section_), name) != nullptr) {
      DBOPS_ASSIGN(const Range range, range_of(name));
      return readable(text.replace(range.begin, range.end - range.begin, table), name);
    }
    if (!text.empty() && text.back() != '\n') text += line_break;
    if (!text.empty()) text += line_break;
    return readable(text + table, name);
  }

  Result<std::string> take(std::string_view name, bool) const override {
    DBOPS_ASSIGN(Range range, range_of(name));
    std::string text = text_;
    // With the empty line in front of it; the first one with that behind it.
    if (range.begin >= 2 && text.substr(range.begin - 2, 2) == "\n\n") {
      --range.begin;
    } else if (range.begin >= 4 && text.substr(range.begin - 4, 4) == "\r\n\r\n") {
      range.begin -= 2;
    } else if (range.begin == 0) {
      if (text.substr(range.end, 1) == "\n") ++range.end;
      if (text.substr(range.end, 2) == "\r\n") range.end += 2;
    }
    return readable(text.erase(range.begin, range.end - range.begin), name);
  }

 private:
  struct Range {
    size_t begin = 0;
    size_t end = 0;
  };
  std::string header(std::string_view name) const {
    return "[" + section_ + "." + std::string(name) + "]";
  }

  tl::unexpected<Error> by_hand(std::string_view name) const {
    return fail(Code::unsupported,
                header(name) + " is not written as a table with a line of its own",
                "change it by hand; --print shows what to write");
  }
  // Servers may stand where no table can be added: in braces, or in a list.
  Result<std::string> readable(std::string text, std::string_view name) const {
    if (!parse_toml(text)) return by_hand(name);
    return text;
  }

  // The line that `place` is in.
  Range line_of(const Place& place) const {
    const size_t begin = lines_[place.line - 1];
    return {begin, place.line < lines_.size() ? lines_[place.line] : text_.size()};
  }
  std::string_view text_of(const Range& line) const {
    return trimmed(std::string_view(text_).substr(line.begin, line.end - line.begin));
  }

  // Where the first header behind that line starts, in whatever `node` holds.
  size_t next_header(const Node& node, size_t line) const {
    size_t next = text_.size();
    if (node.type == Node::Type::table && node.place.line > line) {
      const Range range = line_of(node.place);
      const size_t indent = text_.find_first_not_of(" \t", range.begin) - range.begin;
      if (text_of(range).starts_with('[') && node.place.column == indent + 1) next = range.begin;
    }
    for (const Node& item : node.items) next = std::min(next, next_header(item, line));
    for (const Member& member : node.members) next = std::min(next, next_header(member.node, line));
    return next;
  }

  // From the table's header to the end of its last line that says something.
  Result<Range> range_of(std::string_view name) const {
    const Place& place = find(find(&root_, section_), name)->place;
    Range range = line_of(place);
    if (text_of(range) != header(name)) return by_hand(name);
    const size_t end = next_header(root_, place.line);
    for (size_t line = place.line + 1; line <= lines_.size(); ++line) {
      const Range next = line_of({line, 1});
      if (next.begin >= end) break;
      if (const auto text = text_of(next); !text.empty() && !text.starts_with('#'))
        range.end = next.end;
    }
    return range;
  }

  const std::string text_;
  const Node root_;
  const std::string section_;
  const std::vector<size_t> lines_;  // Where each starts.
};

}  // namespace

Result<std::unique_ptr<Document>> parse_toml_document(std::string text, std::string section) {
  auto root = parse_toml(text);
  if (!root)
    return fail(Code::syntax,
                "line " + std::to_string(root.error().place.line) + ": " + root.error().message);
  if (const Node* found = find(&*root, section);
      found != nullptr && found->type != Node::Type::table)
    return fail(Code::syntax, "its \"" + section + "\" is not a table");
  return std::make_unique<TomlDocument>(std::move(text), std::move(*root), std::move(section));
}

}  // namespace dbops::app
