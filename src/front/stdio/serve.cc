#include "front/stdio/serve.h"

#include <mutex>

#include "base/log.h"
#include "front/stdio/lines.h"

namespace dbops::stdio {
namespace {

constexpr std::chrono::milliseconds kEndLook{
    50};  // how often the end looks for a client still there

// Serialises what the calls write. After a failed write the client is gone: the rest is dropped,
// and the work in flight is asked to stop.
class Writer {
 public:
  Writer(Transport& transport, Cancel broken) : transport_(transport), broken_(std::move(broken)) {}

  void write(std::string message) {
    message += '\n';
    const std::lock_guard lock(mutex_);
    if (broken_.requested()) return;
    // The context of the whole conversation does not hold here: its last answers are still due
    // when it is cancelled. A client that does not read is let go by `broken_`.
    Context context;
    context.cancel = broken_;
    const auto written = transport_.write(context, message);
    if (written) return;
    log::warning("the client stopped reading: " + written.error().message);
    broken_.request();
  }

  // From its return on nothing touches the transport: a call that was cancelled may still be about
  // to say something.
  void close() {
    broken_.request();
    const std::lock_guard lock(mutex_);
  }

 private:
  Transport& transport_;
  const Cancel broken_;
  std::mutex mutex_;
};

// What belongs to one message goes out like all else: the lines carry ids.
class LineOutlet final : public mcp::Outlet {
 public:
  explicit LineOutlet(std::shared_ptr<Writer> writer) : writer_(std::move(writer)) {}
  void send(std::string message) override { writer_->write(std::move(message)); }
  void finish(mcp::Reply reply) override {
    if (!reply.body.empty()) writer_->write(std::move(reply.body));
  }
  bool can_send() const override { return true; }

 private:
  const std::shared_ptr<Writer> writer_;
};

mcp::Failure too_long() {
  return {.code = mcp::kInvalidRequest,
          .message = "a line is longer than 16 MiB",
          .data = {},
          .envelope = true};
}

class Conversation {
 public:
  Conversation(mcp::Server& server, Transport& transport)
      : server_(server),
        transport_(transport),
        lines_(transport, kLineBytesMax),
        broken_(Cancel::create()),
        writer_(std::make_shared<Writer>(transport, broken_)),
        outlet_(std::make_shared<LineOutlet>(writer_)),
        client_(std::make_shared<mcp::Client>("local")),
        tick_(Deadline::after(server.settings().tick)) {
    client_->attach(outlet_);
  }

  Result<void> run(const Context& context) {
    auto ended = read_all(context);
    client_->dismiss_questions();
    server_.end_subscriptions();
    const bool in_hurry = context.cancel.requested() || broken_.requested();
    if (in_hurry || !wait_for_calls()) {
      end_calls();
      // A client that is gone, or does not read, must not hold up the end.
      if (!client_->wait_idle(Deadline::after(kEndGrace))) broken_.request();
      client_->wait_idle({});
    }
    writer_->close();
    return ended;
  }

 private:
  Result<void> read_all(const Context& context) {
    while (!broken_.requested()) {
      tick_when_due();
      Context turn = context;
      turn.deadline = context.deadline.earlier(tick_);
      const auto line = lines_.next(turn);
      if (line && !*line) return {};
      if (line) {
        take(**line);
      } else if (context.cancel.requested()) {
        return {};
      } else if (line.error().code != Code::timeout || context.deadline.passed()) {
        return fail(line.error());
      }
    }
    return {};
  }

  // Until all are answered: true; or their time is up, or nobody is left to hear the answers:
  // false.
  bool wait_for_calls() const {
    const Deadline end = Deadline::after(kEndGrace);
    while (!transport_.peer_left() && !end.passed())
      if (client_->wait_idle(end.earlier(Deadline::after(kEndLook)))) return true;
    return false;
  }

  // Asks them to stop. Who still reads is told what became of them.
  void end_calls() {
    if (broken_.requested() || transport_.peer_left())
      client_->cancel_all();
    else
      client_->stop_all();
  }

  void tick_when_due() {
    if (!tick_.passed()) return;
    server_.tick();
    tick_ = Deadline::after(server_.settings().tick);
  }

  void take(const Line& line) {
    if (line.too_long) return writer_->write(mcp::error_frame({}, too_long()));
    if (line.text.find_first_not_of(" \t") == std::string_view::npos) return;
    auto incoming = mcp::parse_incoming(line.text);
    if (!incoming) return writer_->write(mcp::error_frame({}, incoming.error()));
    server_.receive(std::move(*incoming), client_, outlet_);
  }

  mcp::Server& server_;
  const Transport& transport_;
  LineReader lines_;
  const Cancel broken_;
  const std::shared_ptr<Writer> writer_;
  const std::shared_ptr<LineOutlet> outlet_;
  const std::shared_ptr<mcp::Client> client_;
  Deadline tick_;
};

}  // namespace

Result<void> serve(const Context& context, mcp::Server& server, Transport& transport) {
  return Conversation(server, transport).run(context);
}

}  // namespace dbops::stdio
