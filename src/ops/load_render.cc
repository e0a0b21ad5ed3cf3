#include "base/json.h"
#include "base/text.h"
#include "base/time.h"
#include "core/dialect.h"
#include "ops/load.h"

namespace dbops::ops {
namespace {

void write_plan(const LoadReport& report, JsonWriter& out) {
  const LoadPlan& plan = report.plan;
  out.member("exists", plan.exists);
  if (!plan.creates.empty()) out.member("creates", plan.creates);
  if (!plan.fields.empty()) {
    out.key("fields").begin_array();
    for (const LoadPlan::Field& field : plan.fields)
      out.begin_object().member("name", field.name).member("type", field.type).end_object();
    out.end_array();
  }
  out.key("samples").begin_array();
  for (const std::string& sample : report.samples) out.raw(sample);
  out.end_array();
}

std::string count(uint64_t number) { return format_count(static_cast<int64_t>(number)); }

std::string plan_text(const LoadReport& report) {
  const LoadPlan& plan = report.plan;
  const std::string path = escape_control(format_path(report.path));
  std::string text = plan.exists            ? path + " exists\n"
                     : plan.creates.empty() ? path + " is made by what is written\n"
                                            : "would run: " + escape_control(plan.creates) + "\n";
  for (const LoadPlan::Field& field : plan.fields)
    text += "  " + escape_control(field.name) +
            (field.type.empty() ? "" : " " + escape_control(field.type)) + "\n";
  if (!report.samples.empty()) text += "the first items:\n";
  for (const std::string& sample : report.samples) text += "  " + escape_control(sample) + "\n";
  return text;
}

}  // namespace

void load_json(const LoadReport& report, bool dry_run, JsonWriter& out) {
  out.member("path", format_path(report.path));
  if (dry_run) write_plan(report, out);
  if (!report.plan.warnings.empty()) {
    out.key("warnings").begin_array();
    for (const std::string& warning : report.plan.warnings) out.string(warning);
    out.end_array();
  }
  out.member("written", report.written).member("refused", report.refused);
  out.member("position", report.position);
  if (report.in_doubt > 0) out.member("in_doubt", report.in_doubt);
  out.member("complete", report.complete);
  if (!report.errors.empty()) {
    out.key("errors").begin_array();
    for (const Fault& fault : report.errors) {
      out.begin_object().member("position", fault.origin.item);
      if (fault.origin.line > 0) out.member("line", fault.origin.line);
      out.member("code", name(fault.error.code)).member("message", fault.error.message);
      out.end_object();
    }
    out.end_array();
  }
  out.member("elapsed_ms", report.elapsed_ms);
}

std::string load_text(const LoadReport& report, bool dry_run) {
  std::string text = dry_run ? plan_text(report) : std::string();
  for (const std::string& warning : report.plan.warnings) text += "warning: " + warning + "\n";
  for (const Fault& fault : report.errors)
    text += "refused: " + escape_control(fault.error.message) + "\n";
  if (report.refused > report.errors.size())
    text += "... and " + count(report.refused - report.errors.size()) + " more\n";
  if (dry_run) return text + "dry run: nothing was written\n";
  text += count(report.written) + " written, " + count(report.refused) + " refused, position " +
          std::to_string(report.position);
  if (report.in_doubt > 0) text += ", " + count(report.in_doubt) + " in doubt behind it";
  return text + ", " + format_duration(std::chrono::milliseconds(report.elapsed_ms)) + "\n";
}

}  // namespace dbops::ops
