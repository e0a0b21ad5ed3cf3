#include "fakes/fake_session.h"

#include <algorithm>
#include <utility>

#include "core/loader.h"

namespace dbops::fakes {
namespace {

class FakeStream final : public Stream {
 public:
  FakeStream(Server& server, Reply reply, bool& broken)
      : server_(server), reply_(std::move(reply)), broken_(broken) {
    ++server_.streams;
  }
  ~FakeStream() override { --server_.streams; }

  const Schema& schema() const override { return reply_.schema; }
  const Summary& summary() const override { return reply_.summary; }

  Result<bool> next(const Context& context, Batch& batch) override {
    DBOPS_TRY(context.alive());
    batch.reset(reply_.schema.size());
    while (made_ < reply_.rows && !batch.full() && batch.rows() < reply_.arrive_together) {
      if (stops_here() && batch.rows() > 0) break;
      if (reply_.gate != nullptr && made_ == reply_.gate_after)
        DBOPS_TRY(reply_.gate->pass(context));
      if (reply_.error && made_ == reply_.error_after) return failed();
      fill(batch);
    }
    if (batch.rows() == 0 && reply_.error && made_ == reply_.error_after) return failed();
    return batch.rows() > 0;
  }

 private:
  bool stops_here() const {
    return (reply_.error && made_ == reply_.error_after) ||
           (reply_.gate != nullptr && made_ == reply_.gate_after);
  }

  tl::unexpected<Error> failed() {
    broken_ |= reply_.error->session_broken;
    return fail(*reply_.error);
  }

  void fill(Batch& batch) {
    Value* const cells = batch.add_row();
    ++made_;
    ++server_.rows_made;
    if (reply_.fill)
      reply_.fill(made_, cells, batch);
    else
      cells[0] = Value::integer(static_cast<int64_t>(made_));
  }

  Server& server_;
  Reply reply_;
  bool& broken_;
  uint64_t made_ = 0;
};

class FakeResults final : public Results {
 public:
  FakeResults(Server& server, const Script& script, Mode mode, bool& broken)
      : server_(server), script_(script), mode_(mode), broken_(broken) {
    ++server_.runs;
    const int busy = ++server_.busy;
    int most = server_.busy_most;
    while (busy > most && !server_.busy_most.compare_exchange_weak(most, busy)) continue;
  }
  ~FakeResults() override {
    if (!settled_) ++server_.rollbacks;
    --server_.busy;
  }

  Result<Stream*> next(const Context& context) override {
    DBOPS_TRY(context.alive());
    stream_.reset();
    if (server_.run_error) return fail(*server_.run_error);
    if (next_ == script_.statements.size()) return settle();
    stream_ = std::make_unique<FakeStream>(
        server_, server_.reply_to(script_.statement_text(next_++)), broken_);
    return stream_.get();
  }

 private:
  Result<Stream*> settle() {
    settled_ = true;
    if (mode_ != Mode::write) {
      ++server_.rollbacks;
      return nullptr;
    }
    if (server_.commit_error) {
      broken_ |= server_.commit_error->session_broken;
      return fail(*server_.commit_error);
    }
    ++server_.commits;
    return nullptr;
  }

  Server& server_;
  const Script& script_;
  const Mode mode_;
  bool& broken_;
  std::unique_ptr<FakeStream> stream_;
  size_t next_ = 0;
  bool settled_ = false;
};

// Takes whatever it is given, and counts it.
class FakeLoader final : public Loader {
 public:
  explicit FakeLoader(Server& server) : server_(server) {}
  Result<LoadPlan> plan(const Context&, const LoadTarget&) override {
    return LoadPlan{.exists = true};
  }
  Result<std::unique_ptr<Load>> start(const Context&, const LoadTarget&) override {
    return std::make_unique<FakeLoad>(server_);
  }

 private:
  class FakeLoad final : public Load {
   public:
    explicit FakeLoad(Server& server) : server_(server) {}
    Result<LoadOutcome> write(const Context&, const Batch& batch, size_t) override {
      server_.loaded += batch.rows();
      return LoadOutcome{.settled = batch.rows()};
    }

   private:
    Server& server_;
  };
  Server& server_;
};

class FakeTopics final : public Topics {
 public:
  FakeTopics(Server& server, bool& broken) : server_(server), broken_(broken) {}
  Result<void> listen(const Context& context, const std::set<std::string>& topics) override {
    DBOPS_TRY(context.alive());
    return server_.published.listen(topics);
  }
  Result<std::vector<Message>> next(const Context& context) override {
    auto messages = server_.published.next(context);
    broken_ |= !messages && messages.error().code == Code::disconnected;
    return messages;
  }

 private:
  Server& server_;
  bool& broken_;
};

class FakeSession final : public Session, Queries, Explainer, Diagnostics, Watcher {
 public:
  explicit FakeSession(Server& server) : server_(server), catalog_(server), loader_(server) {
    ++server_.sessions;
  }
  ~FakeSession() override { --server_.sessions; }

  Result<ServerInfo> info(const Context& context) override {
    DBOPS_TRY(context.alive());
    ServerInfo info;
    info.product = "Fake";
    info.version = "1.0";
    info.granted = Tier::admin;
    return info;
  }
  Result<void> ping(const Context& context) override { return context.alive(); }
  bool broken() const override { return broken_; }
  Queries* queries() override { return this; }
  Catalog* catalog() override { return &catalog_; }
  Explainer* explainer() override { return this; }
  Diagnostics* diagnostics() override { return this; }
  Loader* loader() override { return &loader_; }
  Watcher* watcher() override { return this; }
  Topics* topics() override { return &topics_; }

 private:
  Result<std::vector<std::unique_ptr<Results>>> run_together(const Context&,
                                                             std::span<const Read> reads) override {
    return server_.together(reads);
  }
  Result<std::unique_ptr<Results>> run(const Context& context, const Script& script,
                                       const Parameters&, Mode mode) override {
    DBOPS_TRY(context.alive());
    server_.hold_ms = context.hold.count();
    if (mode == Mode::read && script.tier() != Tier::read)
      return fail(Code::forbidden, "the engine refuses a write");
    return std::make_unique<FakeResults>(server_, script, mode, broken_);
  }

  Result<Preview> preview(const Context& context, const Script&, const Parameters&) override {
    DBOPS_TRY(context.alive());
    return server_.preview;
  }

  Result<Plan> explain(const Context& context, const Script& script, const Parameters&,
                       bool analyze, Mode mode) override {
    DBOPS_TRY(context.alive());
    if (analyze) ++(mode == Mode::read ? server_.runs : server_.rollbacks);
    Plan plan;
    plan.text = "Scan of " + script.statements.front().verb + std::string(server_.plan_bytes, 'x');
    plan.json = "{\n  \"scan\": true,\n  \"cost\": 0.15\n}" + std::string(server_.plan_bytes, ' ');
    plan.findings.push_back({Severity::warning, "plan", "t", "full scan", "add an index"});
    return plan;
  }

  Result<void> begin(const Context& context) override {
    DBOPS_TRY(context.alive());
    return server_.changes.begin();
  }
  Result<std::vector<Place>> next(const Context& context) override {
    auto places = server_.changes.next(context);
    broken_ |= !places && places.error().code == Code::disconnected;
    return places;
  }

  std::vector<std::string> areas() const override { return {"indexes", "locks"}; }
  Result<std::vector<Finding>> diagnose(const Context& context, std::string_view area) override {
    DBOPS_TRY(context.alive());
    std::vector<Finding> findings = server_.findings;
    if (!findings.empty()) return findings;
    for (const std::string& one : areas())
      if (area.empty() || area == one)
        findings.push_back({Severity::ok, one, "", "all is well", ""});
    return findings;
  }

  Server& server_;
  FakeCatalog catalog_;
  FakeLoader loader_;
  bool broken_ = false;
  FakeTopics topics_{server_, broken_};
};

}  // namespace

std::unique_ptr<Session> make_session(Server& server) {
  return std::make_unique<FakeSession>(server);
}

}  // namespace dbops::fakes
