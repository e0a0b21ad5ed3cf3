#include "connectors/elasticsearch/diagnose_look.h"

#include "base/text.h"

namespace dbops::elasticsearch {
namespace {

constexpr size_t kShownBytes = 200;  // of one text

}  // namespace

std::string shown(const JsonView& json) {
  return escape_control(shorten(json.string(), kShownBytes));
}

Result<std::optional<Whole>> look(const Context& context, Link& link, std::string_view area,
                                  const std::string& path, Findings& out) {
  auto answer = ask_json(context, link, Tier::read, {"GET", path});
  if (answer) return std::optional(*std::move(answer));
  Error error = std::move(answer).error();
  if (error.code == Code::cancelled || error.code == Code::timeout ||
      error.code == Code::disconnected || error.code == Code::unreachable)
    return fail(std::move(error));
  if (error.code == Code::unsupported)
    out.push_back({Severity::info, std::string(area), {}, "this server has none", {}});
  else
    out.push_back({Severity::info,
                   std::string(area),
                   {},
                   "can't be looked at: " + error.message,
                   "allow the user to monitor the cluster"});
  return std::nullopt;
}

}  // namespace dbops::elasticsearch
