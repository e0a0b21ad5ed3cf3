#include "app/install/json_document.h"

#include <algorithm>
#include <boost/json.hpp>

#include "app/install/jsonc.h"
#include "base/json.h"

namespace dbops::app {
namespace {

constexpr std::string_view kIndent = "  ";  // Where the file shows none of its own.

std::string quoted(std::string_view text) {
  std::string out;
  JsonWriter(out).string(text);
  return out;
}

// The blanks that start the line of `at`.
std::string indent_at(std::string_view text, size_t at) {
  const size_t start = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  const size_t end = std::min(text.find_first_not_of(" \t", start), text.size());
  return std::string(text.substr(start, end - start));
}

bool starts_line(std::string_view text, size_t at) {
  const size_t before = at == 0 ? std::string_view::npos : text.find_last_not_of(" \t", at - 1);
  return before == std::string_view::npos || text[before] == '\n';
}

// Behind the comments that follow on the same line.
size_t behind_comments(std::string_view text, size_t at) {
  for (;;) {
    const size_t next = text.find_first_not_of(" \t", at);
    if (next == std::string_view::npos) return at;
    if (text.substr(next, 2) == "//")
      return std::min(text.find_first_of("\r\n", next), text.size());
    if (text.substr(next, 2) != "/*") return at;
    const size_t closed = text.find("*/", next + 2);
    if (closed == std::string_view::npos ||
        text.substr(next, closed - next).find('\n') != std::string_view::npos)
      return at;
    at = closed + 2;
  }
}

// How the file breaks and indents its lines.
struct Layout {
  std::string line_break;
  std::string unit;
};

Layout layout_of(const Jsonc& document, const JsonObject& root) {
  Layout layout{.line_break = document.text.find("\r\n") == std::string::npos ? "\n" : "\r\n",
                .unit = std::string(kIndent)};
  if (!root.members.empty() && starts_line(document.text, root.members.front().key)) {
    std::string indent = indent_at(document.text, root.members.front().key);
    if (!indent.empty()) layout.unit = std::move(indent);
  }
  return layout;
}

std::string render(const EntryValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
  std::string out;
  for (const std::string& item : std::get<std::vector<std::string>>(value))
    out += (out.empty() ? "" : ", ") + quoted(item);
  return "[" + out + "]";
}

// `indent`: of the line that the object starts in; nullopt: all in one line.
std::string render(const Entry& entry, const Layout& layout,
                   const std::optional<std::string>& indent) {
  const std::string gap = indent ? layout.line_break + *indent + layout.unit : "";
  std::string out;
  for (const auto& [name, value] : entry) {
    out += out.empty() ? "{" : (indent ? "," : ", ");
    out += gap + quoted(name) + ": " + render(value);
  }
  return out + (indent ? layout.line_break + *indent : "") + "}";
}

class JsonDocument final : public Document {
 public:
  JsonDocument(Jsonc document, std::string section)
      : document_(std::move(document)),
        section_name_(std::move(section)),
        root_(document_.object(0)),
        layout_(layout_of(document_, root_)) {
    if (const JsonMember* member = root_.find(section_name_))
      section_ = document_.object(member->begin);
  }

  std::optional<std::string> entry(std::string_view name) const override {
    const JsonMember* member = section_ ? section_->find(name) : nullptr;
    if (member == nullptr) return std::nullopt;
    return canonical(
        std::string_view(document_.plain).substr(member->begin, member->end - member->begin));
  }

  std::string rest(std::string_view name) const override {
    auto root = parse_json(document_.plain)->as_object();
    if (auto* found = root.if_contains(section_name_)) {
      found->as_object().stable_erase(name);  // erase() changes the order.
      if (found->as_object().empty()) root.stable_erase(section_name_);
    }
    return boost::json::serialize(root);
  }

  bool has_section() const override { return section_.has_value(); }
  bool blank() const override {
    return root_.members.empty() && document_.text.find('/') == std::string::npos;
  }

  Result<std::string> put(std::string_view name, const Entry& entry) const override {
    if (!section_)
      return insert(root_, section_name_, [&](const std::optional<std::string>& indent) {
        const auto deeper = indent ? std::optional(*indent + layout_.unit) : indent;
        const std::string gap = indent ? layout_.line_break : "";
        return "{" + gap + deeper.value_or("") + quoted(name) + ": " +
               render(entry, layout_, deeper) + gap + indent.value_or("") + "}";
      });
    const JsonMember* old = section_->find(name);
    if (old == nullptr)
      return insert(*section_, name, [&](const std::optional<std::string>& indent) {
        return render(entry, layout_, indent);
      });
    std::string text = document_.text;
    std::optional<std::string> indent;
    if (starts_line(text, old->key)) indent = indent_at(text, old->key);
    return text.replace(old->begin, old->end - old->begin, render(entry, layout_, indent));
  }

  Result<std::string> take(std::string_view name, bool with_section) const override {
    if (with_section && section_->members.size() == 1)
      return erase(root_, *root_.find(section_name_));
    return erase(*section_, *section_->find(name));
  }

 private:
  static std::string canonical(std::string_view plain) {
    const auto parsed = parse_json(plain);
    return parsed ? boost::json::serialize(*parsed) : std::string(plain);
  }

  template <typename Value>
  std::string insert(const JsonObject& object, std::string_view name, Value&& value) const {
    std::string text = document_.text;
    const std::string key = quoted(name) + ": ";
    if (object.members.empty()) {
      const std::string outer = indent_at(text, object.open);
      const std::string line =
          layout_.line_break + outer + layout_.unit + key + value(outer + layout_.unit);
      const size_t last = text.find_last_not_of(" \t\r\n", object.close - 1);
      if (last > object.open) return text.insert(last + 1, line);  // Behind a comment.
      return text.replace(object.open + 1, object.close - object.open - 1,
                          line + layout_.line_break + outer);
    }
    const JsonMember& last = object.members.back();
    const size_t comma = document_.trailing_comma(last.end, object.close);
    const bool has_comma = comma != std::string::npos;
    const size_t end = has_comma ? comma + 1 : last.end;
    if (!starts_line(text, last.key))
      return text.insert(
          end, (has_comma ? " " : ", ") + key + value(std::nullopt) + (has_comma ? "," : ""));
    const std::string indent = indent_at(text, last.key);
    text.insert(behind_comments(text, end),
                layout_.line_break + indent + key + value(indent) + (has_comma ? "," : ""));
    return has_comma ? text : text.insert(last.end, ",");
  }

  std::string erase(const JsonObject& object, const JsonMember& member) const {
    std::string text = document_.text;
    const size_t index = static_cast<size_t>(&member - object.members.data());
    const bool last = index + 1 == object.members.size();
    const size_t comma = last ? document_.trailing_comma(member.end, object.close)
                              : document_.plain.find(',', member.end);
    const size_t end = comma == std::string::npos ? member.end : comma + 1;
    // With the line break and the blanks in front of it.
    size_t begin = member.key == 0 ? 0 : text.find_last_not_of(" \t", member.key - 1) + 1;
    if (begin > 0 && text[begin - 1] == '\n') --begin;
    if (begin > 0 && text[begin - 1] == '\r') --begin;
    if (object.members.size() == 1 && text.find_first_not_of(" \t\r\n", end) == object.close &&
        text.find_last_not_of(" \t\r\n", member.key - 1) == object.open)
      return text.erase(object.open + 1, object.close - object.open - 1);
    text.erase(begin, end - begin);
    if (last && index > 0 && comma == std::string::npos)
      text.erase(document_.plain.find(',', object.members[index - 1].end), 1);
    return text;
  }

  const Jsonc document_;
  const std::string section_name_;
  const JsonObject root_;
  const Layout layout_;
  std::optional<JsonObject> section_;
};

}  // namespace

Result<std::unique_ptr<Document>> parse_json_document(std::string text, bool comments,
                                                      std::string section) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) text = "{}\n";
  DBOPS_ASSIGN(Jsonc document, Jsonc::parse(std::move(text), comments));
  const JsonObject root = document.object(0);
  if (const JsonMember* member = root.find(section);
      member != nullptr && document.plain[member->begin] != '{')
    return fail(Code::syntax, "its \"" + section + "\" is not an object");
  return std::make_unique<JsonDocument>(std::move(document), std::move(section));
}

}  // namespace dbops::app
