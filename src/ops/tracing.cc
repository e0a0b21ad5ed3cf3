#include "ops/tracing.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <thread>

#include "base/cancel.h"
#include "base/log.h"
#include "base/text.h"
#include "net/http_client.h"
#include "net/url.h"
#include "wire/otlp.h"

namespace dbops::ops {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kAnswerBytesMax = 64u << 10;
constexpr int kTriesMax = 4;  // of one batch
constexpr milliseconds kPauseMin{500};
constexpr seconds kPauseMax{30};  // also of what the collector asks for
constexpr size_t kRatioDigits =
    14;  // of the trace's id, its last: 56 bits, as OpenTelemetry has it

// Those that OTLP/HTTP says may go well another time.
bool is_passing(int status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

std::optional<milliseconds> read_retry_after(std::string_view text) {
  int64_t count = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || stop != text.data() + text.size() || count < 0) return std::nullopt;
  return std::min<milliseconds>(seconds(std::min(count, kPauseMax.count())), kPauseMax);
}

}  // namespace

// One collector, with its queue and its thread.
class Tracing::Exporter {
 public:
  Exporter(TracingSettings settings, std::shared_ptr<Tally> tally)
      : settings_(std::move(settings)),
        tally_(std::move(tally)),
        client_(settings_.tls),
        thread_([this] { work(); }) {}

  ~Exporter() {
    hurry_.request();
    {
      std::unique_lock lock(mutex_);
      ending_ = true;
      changed_.notify_all();
      changed_.wait_for(lock, settings_.flush_time_max, [this] { return ended_; });
    }
    give_up_.request();
    thread_.join();
  }

  void take(Span span) {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= settings_.queue_max) {
      tally_->dropped.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    queue_.push_back(std::move(span));
    if (queue_.size() == 1 || queue_.size() == settings_.batch_max) changed_.notify_all();
  }

 private:
  using Batch = std::vector<Span>;

  // Empty: it is over.
  Batch wait_for_batch() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    changed_.wait_for(lock, settings_.interval,
                      [this] { return ending_ || queue_.size() >= settings_.batch_max; });
    Batch batch;
    while (!queue_.empty() && batch.size() < settings_.batch_max) {
      batch.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    return batch;
  }

  void work() {
    for (;;) {
      const Batch batch = wait_for_batch();
      if (batch.empty()) break;
      const OtlpResource resource{.service_name = settings_.service_name,
                                  .service_version = settings_.service_version};
      const uint64_t refused = send(write_spans(resource, batch), batch.size());
      tally_->rejected.fetch_add(refused, std::memory_order_relaxed);
      tally_->exported.fetch_add(batch.size() - refused, std::memory_order_relaxed);
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

  // Answers how many of them the collector has not.
  uint64_t send(const std::string& body, uint64_t count) {
    milliseconds pause = kPauseMin;
    for (int tries = 1;; ++tries) {
      std::optional<milliseconds> asked;
      const auto rejected = try_once(body, asked);
      if (rejected) return said(std::min(*rejected, count), "it has refused some of them");
      if (!asked || tries == kTriesMax || !rest(std::max(*asked, pause)))
        return said(count, rejected.error());
      pause = std::min<milliseconds>(pause * 2, kPauseMax);
    }
  }

  // Once until it goes well again: a collector that is away must not fill the log.
  uint64_t said(uint64_t lost, std::string_view why) {
    if (lost > 0 && !complained_)
      log::warning("spans are lost, the collector at " + redact_url(settings_.endpoint) +
                   " does not take them: " + escape_control(why));
    complained_ = lost > 0;
    return lost;
  }

  // False at the end, which leaves no time for another try.
  bool rest(milliseconds pause) const {
    Context context;
    context.deadline = Deadline::after(pause);
    context.cancel = hurry_;
    static_cast<void>(context.wait(-1, 0));
    return !hurry_.requested();
  }

  // What was refused for good; else why it was not taken, and `again` where it may be another time.
  tl::expected<uint64_t, std::string> try_once(const std::string& body,
                                               std::optional<milliseconds>& again) {
    Context context;
    context.deadline = Deadline::after(settings_.request_time_max);
    context.cancel = give_up_;
    HttpRequest request{.method = "POST", .url = settings_.endpoint, .body = body};
    request.headers.emplace_back("Content-Type", "application/json");
    for (const auto& [name, value] : settings_.headers)
      request.headers.emplace_back(name, std::string(value.reveal()));
    const auto sent = client_.send(context, std::move(request));
    if (!sent) {
      again = milliseconds(0);
      return tl::unexpected(sent.error().message);
    }
    HttpAnswer& answer = **sent;
    std::string said;
    bool whole = false;
    while (!whole && said.size() < kAnswerBytesMax) {
      const auto more = answer.read(context, said);
      if (!more) break;
      whole = !*more;
    }
    const int status = answer.status();
    if (status >= 200 && status < 300) return read_rejected_spans(said).value_or(0);
    if (is_passing(status))
      again = read_retry_after(answer.header("retry-after")).value_or(milliseconds(0));
    return tl::unexpected("it answers status " + std::to_string(status));
  }

  const TracingSettings settings_;
  const std::shared_ptr<Tally> tally_;
  HttpClient client_;
  bool complained_ = false;
  const Cancel hurry_ = Cancel::create();    // The end has come ...
  const Cancel give_up_ = Cancel::create();  // ... and its time is up.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Span> queue_;
  bool ending_ = false;
  bool ended_ = false;
  std::thread thread_;
};

Tracing::Tracing() : tally_(std::make_shared<Tally>()) {}
Tracing::~Tracing() = default;

void Tracing::configure(TracingSettings settings) {
  const bool on = !settings.endpoint.empty();
  const double ratio = settings.ratio;
  auto next = on ? std::make_unique<Exporter>(std::move(settings), tally_) : nullptr;
  {
    const std::lock_guard lock(mutex_);
    exporter_.swap(next);
    ratio_ = ratio;
    on_ = on;
  }
  // Here the one before ends, outside the lock.
}

bool Tracing::records(const TraceParent* parent, std::string_view trace_id) const {
  if (!on()) return false;
  if (parent != nullptr) return parent->sampled;
  uint64_t number = 0;
  const std::string_view digits = trace_id.substr(trace_id.size() - kRatioDigits);
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  constexpr double kAll = static_cast<double>(uint64_t{1} << 56);
  return number < static_cast<uint64_t>(ratio_.load(std::memory_order_relaxed) * kAll);
}

void Tracing::take(Span span) {
  const std::lock_guard lock(mutex_);
  if (exporter_) exporter_->take(std::move(span));
}

Tracing::Counts Tracing::counts() const {
  return {.exported = tally_->exported.load(std::memory_order_relaxed),
          .rejected = tally_->rejected.load(std::memory_order_relaxed),
          .dropped = tally_->dropped.load(std::memory_order_relaxed)};
}

}  // namespace dbops::ops
