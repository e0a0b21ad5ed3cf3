#include "faults/faults.h"

#include <algorithm>

namespace dbops::faults {
namespace {

class FaultyFile final : public OutputFile {
 public:
  FaultyFile(std::unique_ptr<OutputFile> inner, Plan& plan)
      : inner_(std::move(inner)), plan_(plan) {}

  Result<void> write(std::string_view bytes) override {
    if (!plan_.strikes()) return inner_->write(bytes);
    DBOPS_TRY(inner_->write(bytes.substr(0, bytes.size() / 2)));
    return fail(Code::exhausted, "the disk is full (as planned)");
  }
  Result<void> commit() override {
    if (!plan_.strikes()) return inner_->commit();
    return fail(Code::io, "the commit failed (as planned)");
  }

 private:
  std::unique_ptr<OutputFile> inner_;
  Plan& plan_;
};

tl::unexpected<Error> lost() {
  return fail(Error{.code = Code::disconnected,
                    .message = "the link broke (as planned)",
                    .session_broken = true});
}

}  // namespace

bool Plan::strikes() {
  const int operation = ++operations_;
  if (fail_at_ == 0 || operation < fail_at_) return false;
  if (times_ == Times::once && operation > fail_at_) return false;
  fired_ = true;
  return true;
}

Result<size_t> Transport::read(const Context& context, std::span<char> into) {
  if (plan_.strikes()) return lost();
  return inner_->read(context, into.first(std::min(into.size(), read_max_)));
}

Result<void> Transport::write(const Context& context, std::string_view bytes) {
  if (!plan_.strikes()) return inner_->write(context, bytes);
  DBOPS_TRY(inner_->write(context, bytes.substr(0, bytes.size() / 2)));
  return lost();
}

Result<std::unique_ptr<OutputFile>> Files::create(const std::string& path, Existing existing) {
  if (plan_.strikes()) return fail(Code::denied, "can't write " + path + " (as planned)");
  DBOPS_ASSIGN(auto file, inner_.create(path, existing));
  return std::make_unique<FaultyFile>(std::move(file), plan_);
}

Result<std::string> Files::read(const std::string& path, size_t bytes_max) {
  if (plan_.strikes()) return fail(Code::denied, "can't read " + path + " (as planned)");
  return inner_.read(path, bytes_max);
}

}  // namespace dbops::faults
