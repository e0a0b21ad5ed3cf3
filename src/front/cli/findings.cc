#include "front/cli/findings.h"

#include <algorithm>

#include "base/text.h"
#include "front/cli/terminal.h"

namespace dbops::cli {
namespace {

Style style_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return Style::red;
    case Severity::warning:
      return Style::yellow;
    case Severity::ok:
      return Style::green;
    case Severity::info:
      break;
  }
  return Style::plain;
}

}  // namespace

Finding finding_of(std::string area, const Error& error) {
  return {Severity::critical, std::move(area), std::string(name(error.code)), error.message,
          error.hint};
}

std::string findings_text(std::span<const Finding> findings, bool color) {
  std::string text;
  for (const Finding& finding : findings) {
    constexpr size_t kLabelColumns = 9;  // "critical" and a blank
    const std::string_view label = name(finding.severity);
    append_styled(text, style_of(finding.severity), label, color);
    text.append(kLabelColumns - std::min(label.size(), kLabelColumns - 1), ' ');
    text += escape_control(finding.area);
    if (!finding.subject.empty()) text += ", " + escape_control(finding.subject);
    text += ": " + escape_control(finding.message) + '\n';
    if (finding.hint.empty()) continue;
    text.append(kLabelColumns, ' ');
    text += "→ " + escape_control(finding.hint) + '\n';
  }
  return text;
}

void findings_json(std::span<const Finding> findings, JsonWriter& out) {
  out.begin_array();
  for (const Finding& finding : findings) {
    out.begin_object();
    out.member("severity", name(finding.severity)).member("area", finding.area);
    out.member("subject", finding.subject).member("message", finding.message);
    out.member("hint", finding.hint).end_object();
  }
  out.end_array();
}

}  // namespace dbops::cli
