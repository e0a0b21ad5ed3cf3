// The names that an ES|QL query is said to read from stand in it letter for letter, and none of the
// names of any request stands for others than it says.
#include "connectors/elasticsearch/console.h"
#include "connectors/elasticsearch/reach.h"
#include "fuzz/check.h"

using namespace dbops;
using namespace dbops::elasticsearch;

namespace {

void check_names(const std::vector<std::string>& names) {
  check(!names.empty());
  for (const std::string& name : names) {
    check(!name.empty() && name[0] != '_' && name[0] != '-' && name[0] != '.');
    check(split_names(name).value() == std::vector{name});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = as_text(data, size);
  if (const auto sources = esql_sources(text)) {
    check_names(*sources);
    for (const std::string& name : *sources) check(text.find(name) != std::string_view::npos);
  }
  size_t at = 0;
  const auto piece = next_piece(text, at);
  if (!piece || !*piece || (*piece)->language != Language::console) return 0;
  const auto reach = reach_of((*piece)->method, (*piece)->path, (*piece)->body);
  if (!reach) {
    check(reach.error().code == Code::forbidden || reach.error().code == Code::invalid_argument);
    return 0;
  }
  check_names(reach->names);
  check((reach->form == Reach::Form::search) == !reach->searches.empty());
  return 0;
}
