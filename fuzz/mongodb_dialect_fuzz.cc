#include "connectors/mongodb/connector.h"
#include "connectors/mongodb/explained.h"
#include "connectors/mongodb/explainer.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/guarded.h"
#include "fuzz/check.h"
#include "fuzz/check_script.h"

using namespace dbops;

namespace {

constexpr size_t kPartsMax = 100;

// The same document as a command that is looked at before it runs, as an index, and as a plan.
void check_guard(const bson_t& command) {
  const auto parts = mongodb::parts_to_explain(command, kPartsMax);
  check(parts.size() <= 2 * kPartsMax);
  for (const mongodb::Explained& part : parts) {
    mongodb::reads_little(*part.command);
    mongodb::serves(command, *part.command);
  }
  mongodb::reads_little(command);
  const std::string index = mongodb::index_for(command);
  check(index.empty() || mongodb::parse_document(index).has_value());
  const std::string step = mongodb::scan_in_plan(command);
  const auto plan = mongodb::read_plan(command);
  check(step.empty() || !plan.findings.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  check_script(mongodb::connector().dialect(), as_text(data, size));
  if (const auto command = mongodb::parse_document(as_text(data, size))) check_guard(**command);
  return 0;
}
