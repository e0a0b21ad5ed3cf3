#include "ops/query_source.h"

#include "ops/call.h"

namespace dbops::ops {
namespace {

class StreamSource final : public Source {
 public:
  StreamSource(Stream& stream, uint64_t rows_cap) : stream_(stream), rows_cap_(rows_cap) {}

  Result<const Shape*> open(const Context&) override {
    shape_.columns = stream_.schema();
    if (shape_.columns.empty())
      return fail(Code::invalid_argument, "the statement answers no rows",
                  "give one that reads, such as a SELECT");
    return &shape_;
  }

  Result<void> next(const Context& context, Portion& portion) override {
    portion.reset(shape_.columns.size());
    portion.end = items_;
    if (ended_) return {};
    portion.batch.limit_rows(kLoadItems);
    DBOPS_ASSIGN(const bool more, stream_.next(context, portion.batch));
    ended_ = !more;
    for (size_t row = 0; row < portion.batch.rows(); ++row)
      portion.origins.push_back({items_++, 0});
    portion.end = items_;
    if (rows_cap_ == 0 || items_ <= rows_cap_) return {};
    portion.drop_from(rows_cap_);
    return fail(Code::forbidden,
                "the policy of the source lets no more than " + format_rows(rows_cap_) + " out",
                "load less at once, by a condition in the statement");
  }

 private:
  Stream& stream_;
  const uint64_t rows_cap_;
  Shape shape_;
  uint64_t items_ = 0;  // Read until now.
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Source> stream_source(Stream& stream, uint64_t rows_cap) {
  return std::make_unique<StreamSource>(stream, rows_cap);
}

}  // namespace dbops::ops
