#include "connectors/postgres/parse_tree.h"

#include <pg_query.h>

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <memory>

#include "base/text.h"
#include "connectors/postgres/tokens.h"

namespace dbops::postgres {
namespace {

// What the pruned tree keeps. Dangers and names stand near the root; of lists that hold data, the
// start is enough. Every other list is kept whole, for its last item may be the one that matters.
constexpr size_t kDepthKept = 16;
constexpr size_t kItemsKept = 100;
constexpr size_t kNodesMax = 1'000'000;  // of one text
constexpr size_t kTextKept = 256;        // bytes
constexpr auto kDataLists =
    std::to_array<std::string_view>({"elements", "items", "targetList", "valuesLists"});

// The nesting is bounded by kChainMax and the parser's own stack.
constexpr size_t kJsonDepthMaxOfTree = 1'000'000;

template <class T, class U>
void add_once(std::vector<T>& all, U&& item) {
  if (std::find(all.begin(), all.end(), item) == all.end()) all.emplace_back(std::forward<U>(item));
}

// Reads libpg_query's JSON as it streams by, whatever its size:
//   {"version": n, "stmts": [{"stmt": {"SelectStmt": {...}}, "stmt_location": n, "stmt_len": n}]}
class TreeReader {
 public:
  static constexpr size_t max_object_size = SIZE_MAX;
  static constexpr size_t max_array_size = SIZE_MAX;
  static constexpr size_t max_key_size = SIZE_MAX;
  static constexpr size_t max_string_size = SIZE_MAX;
  using error_code = boost::json::error_code;
  using view = boost::json::string_view;

  std::vector<Parsed> take() { return std::move(statements_); }
  // The tree was too large to be kept where it must be.
  bool overfull() const { return nodes_ > kNodesMax; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    push(false);
    return true;
  }
  bool on_array_begin(error_code&) {
    push(true);
    return true;
  }
  bool on_object_end(size_t, error_code&) {
    frames_.pop_back();
    return true;
  }
  bool on_array_end(size_t, error_code&) {
    end_names();
    frames_.pop_back();
    return true;
  }
  bool on_key_part(view part, size_t, error_code&) {
    key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(view part, size_t, error_code&) {
    key_.append(part.data(), part.size());
    return true;
  }
  bool on_string_part(view part, size_t, error_code&) {
    keep(part);
    return true;
  }
  bool on_string(view part, size_t, error_code&) {
    keep(part);
    if (key_ == "sval") note_name();
    if (key_ == "schemaname") frames_.back().names.assign(1, text_);
    if (key_ == "relname") note_relation();
    scalar();
    return true;
  }
  bool on_number_part(view, error_code&) { return true; }
  bool on_int64(int64_t number, view, error_code&) {
    text_ = std::to_string(number);
    note_number(number);
    scalar();
    return true;
  }
  bool on_uint64(uint64_t number, view, error_code&) {
    text_ = std::to_string(number);
    scalar();
    return true;
  }
  bool on_double(double, view, error_code&) {
    scalar();
    return true;
  }
  bool on_bool(bool value, error_code&) {
    text_ = value ? "true" : "false";
    if (value && key_ == "isNatural") add_once(facts().operators, Call{"", "="});
    scalar();
    return true;
  }
  bool on_null(error_code&) {
    scalar();
    return true;
  }
  bool on_comment_part(view, error_code&) { return true; }
  bool on_comment(view, error_code&) { return true; }

 private:
  struct Frame {
    std::string key;
    bool list = false;
    Node* node = nullptr;  // Its copy in the pruned tree; nullptr where that was cut.
    std::vector<std::string> names = {};  // The identifiers a list, or a relation, has had so far.
  };
  // Depths in the document: the list of statements, a statement, its node.
  static constexpr size_t kStatementDepth = 2;
  static constexpr size_t kNodeDepth = 4;

  void push(bool list) {
    const size_t depth = frames_.size();
    if (depth == kStatementDepth) statements_.emplace_back();
    Frame frame{.key = std::move(key_), .list = list};
    key_.clear();
    if (depth == kNodeDepth) {
      frame.node = &statements_.back().root;
      frame.node->key = frame.key;
    } else if (depth > kNodeDepth) {
      frame.node = add_child(frame.key);
    }
    if (depth >= kNodeDepth) note_key(frame.key);
    frames_.push_back(std::move(frame));
  }

  Node* add_child(const std::string& key) {
    const Frame& parent = frames_.back();
    if (!parent.node || frames_.size() > kNodeDepth + kDepthKept) return nullptr;
    const bool data =
        std::find(kDataLists.begin(), kDataLists.end(), parent.key) != kDataLists.end();
    if (data && parent.node->children.size() >= kItemsKept) return nullptr;
    if (++nodes_ > kNodesMax) return nullptr;
    return &parent.node->children.emplace_back(Node{key, {}, {}});
  }

  void scalar() {
    if (frames_.size() > kNodeDepth)
      if (Node* node = add_child(key_)) node->text = text_;
    key_.clear();
    text_.clear();
  }

  void keep(view part) {
    const size_t room = kTextKept - std::min(kTextKept, text_.size());
    text_.append(part.data(), std::min(room, part.size()));
  }

  Facts& facts() { return statements_.back().facts; }

  void note_key(const std::string& key) {
    if (key.ends_with("Stmt") && key.front() >= 'A' && key.front() <= 'Z')
      add_once(facts().statements, key);
    if (key == "intoClause") facts().into = true;
    if (key == "lockingClause") facts().locking = true;
    // Where two values are held to be equal without a word of it.
    constexpr auto kEqual = std::to_array<std::string_view>({"CaseExpr", "SubLink", "usingClause"});
    if (std::find(kEqual.begin(), kEqual.end(), key) != kEqual.end())
      add_once(facts().operators, Call{"", "="});
  }

  // {"funcname": [{"String": {"sval": "now"}}]}: the list is two levels up.
  void note_name() {
    if (frames_.size() < 3) return;
    Frame& list = frames_[frames_.size() - 3];
    if (list.list) list.names.push_back(text_);
  }

  // {"RangeVar": {"schemaname": "s", "relname": "t"}}
  void note_relation() {
    const std::vector<std::string>& schema = frames_.back().names;
    add_once(facts().relations, Call{schema.empty() ? std::string() : schema.front(), text_});
  }

  void end_names() {
    Frame& list = frames_.back();
    if (list.names.empty()) return;
    if (std::vector<Call>* calls = calls_in(list.key)) {
      Call call;
      call.name = list.names.back();
      if (list.names.size() > 1) call.schema = list.names[list.names.size() - 2];
      if (list.key == "name") note_words(call.name);
      add_once(*calls, std::move(call));
    } else if ((list.key == "fields" && list.names.size() > 1) || list.key == "indirection") {
      for (std::string& name : list.names) add_once(facts().attributes, std::move(name));
    }
  }

  // The facts that a list of names belongs to: of FuncCall, A_Expr, SubLink, SortBy and TypeName.
  std::vector<Call>* calls_in(std::string_view list) {
    if (list == "funcname") return &facts().calls;
    if (list == "name" || list == "operName" || list == "useOp") return &facts().operators;
    return list == "names" ? &facts().types : nullptr;
  }

  void note_words(std::string_view expression) {
    if (expression.find("BETWEEN") == std::string_view::npos) return;
    for (const char* name : {"<", "<=", ">", ">="}) add_once(facts().operators, Call{"", name});
  }

  void note_number(int64_t number) {
    const size_t depth = frames_.size();
    if (depth == kStatementDepth + 1) {
      if (key_ == "stmt_location") statements_.back().offset = static_cast<size_t>(number);
      if (key_ == "stmt_len") statements_.back().size = static_cast<size_t>(number);
      return;
    }
    if (key_ != "number" || frames_.back().key != "ParamRef") return;
    const int parameter = static_cast<int>(number);
    facts().parameters = std::max(facts().parameters, parameter);
    // stmt / SelectStmt / targetList / item / ResTarget / val / ParamRef
    constexpr size_t kBareDepth = kNodeDepth + 6;
    if (depth == kBareDepth && frames_[kNodeDepth].key == "SelectStmt" &&
        frames_[kNodeDepth + 1].key == "targetList" && frames_[depth - 2].key == "val")
      facts().bare_parameters.push_back(parameter);
  }

  std::vector<Parsed> statements_;
  std::vector<Frame> frames_;
  size_t nodes_ = 0;
  std::string key_;
  std::string text_;
};

struct TreeFree {
  void operator()(PgQueryParseResult* tree) const { pg_query_free_parse_result(*tree); }
};

tl::unexpected<Error> too_complex() {
  return fail(Code::too_large, "the statement is nested too deeply or too long to take apart",
              "send it in smaller parts; for many rows use fewer rows a statement");
}

tl::unexpected<Error> refused(const PgQueryError& problem) {
  const std::string_view message = problem.message;
  if (message.find("stack depth") != std::string_view::npos ||
      message.find("memory exhausted") != std::string_view::npos ||
      message.find("out of memory") != std::string_view::npos)
    return too_complex();
  Error error;
  error.code = Code::syntax;
  error.message = escape_control(message);
  error.native_code = "42601";
  if (problem.cursorpos > 0) error.position = static_cast<uint64_t>(problem.cursorpos);
  return fail(std::move(error));
}

}  // namespace

const Node* Node::find(std::string_view name) const {
  for (const Node& child : children)
    if (child.key == name) return &child;
  return nullptr;
}

std::string_view Node::text_of(std::string_view name) const {
  const Node* child = find(name);
  return child ? std::string_view(child->text) : std::string_view();
}

int grammar_release() noexcept { return PG_VERSION_NUM / 10000; }

Result<std::vector<Parsed>> parse_tree(std::string_view text) {
  const Extent extent = measure(text, kTokensMax, kChainMax);
  if (extent.tokens >= kTokensMax || extent.chain >= kChainMax) return too_complex();
  const std::string terminated(text);
  PgQueryParseResult tree = pg_query_parse(terminated.c_str());
  const std::unique_ptr<PgQueryParseResult, TreeFree> owner(&tree);
  if (tree.error) return refused(*tree.error);

  boost::json::parse_options options;
  options.max_depth = kJsonDepthMaxOfTree;
  boost::json::basic_parser<TreeReader> parser(options);
  boost::json::error_code problem;
  const std::string_view json = tree.parse_tree;
  parser.write_some(false, json.data(), json.size(), problem);
  if (problem) return fail(Code::internal, "libpg_query's tree could not be read");
  if (parser.handler().overfull()) return too_complex();
  std::vector<Parsed> statements = parser.handler().take();
  for (Parsed& parsed : statements)
    if (parsed.size == 0) parsed.size = text.size() - parsed.offset;
  return statements;
}

}  // namespace dbops::postgres
