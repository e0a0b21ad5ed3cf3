// The server side of MCP, for every revision at once and for any transport: it takes messages
// apart, finds the method, runs it, and frames what it answers.
//
//   front: bytes -> parse_incoming -> receive() ---\                     /-> quick: on this thread
//   front/http, modern: headers checked -> dispatch() --> Method, Call --+-> else: on the executor
//                                                                        |   (light: in its Loop)
//                                                                        \-> Outlet::finish()
//
// Modern and legacy requests go through the same methods: a method sees an Envelope, and the server
// adds to its result what a modern one must carry.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/executor.h"
#include "mcp/call.h"
#include "mcp/client.h"
#include "mcp/seal.h"
#include "mcp/subscriptions.h"
#include "mcp/tasks.h"

namespace dbops {
class Loop;
namespace ops {
class Tracing;
}
}  // namespace dbops

namespace dbops::mcp {

struct ServerSettings {
  std::string name = "dbops";
  std::string title = "dbops: database operations";
  std::string version = DBOPS_VERSION;
  size_t threads_max = 16;                // calls worked on at once
  size_t queue_max = 4096;                // calls waiting for a thread; more are refused
  std::chrono::seconds answer_life{600};  // how long a question may wait for its answer
  std::chrono::milliseconds tick{1000};   // how often the fronts call tick()
  // A call whose client asked for progress says so often at least that it is at work.
  std::chrono::milliseconds life_sign{5000};
  std::string seal_key = {};     // of Seal; empty: made at start, for this process alone
  bool logging = false;          // methods send log messages
  std::set<List> changing = {};  // lists that change while it serves
  bool subscribing = false;      // resources change, and can be subscribed to
  size_t listeners_max = 1024;   // open subscriptions/listen in all
  bool tasks = false;            // tools may go on as tasks
  // How long a call of a tool that may run long is waited for before it goes on as a task.
  std::chrono::milliseconds task_grace{2000};
  // Where tasks are kept, shared by replicas; nullptr: in this process alone.
  std::shared_ptr<ops::State> state = nullptr;
  // Where spans of requests go; nullptr: nowhere. Must outlive the server.
  ops::Tracing* tracing = nullptr;
};

// Complete, with nothing; or what the client must answer first; or a failure.
using Outcome = tl::expected<std::optional<Questions>, Failure>;

// A parameter that an HTTP header repeats, for whoever routes by headers alone.
struct MirroredParam {
  std::string_view header;                    // Mcp-Param-...
  const boost::json::value* value = nullptr;  // nullptr: the request has none.
};

struct Method {
  std::string_view name;
  bool legacy = true;  // Exists in the revisions before 2026-07-28 ...
  bool modern = true;  // ... and in those from it on.
  bool quick = false;  // Never blocks: run by the thread that brought it.
  // Of one request: it waits much, blocks nothing and computes little, so that the thread that
  // brought it works on it beside others where it has a Loop. Empty: never.
  std::function<bool(const boost::json::object& params)> light = {};
  bool asks = false;     // May answer with Questions.
  bool listens = false;  // Its answer ends a subscription, and names it.
  // How long its result may be cached; nullopt: the protocol defines no caching for it.
  std::optional<std::chrono::milliseconds> cache_life = std::nullopt;
  bool cache_public = false;  // The same for every client.
  // Writes the members of the result object, without its braces. What it wrote is thrown away
  // unless it answers nothing.
  std::function<Outcome(Call&, JsonWriter&)> run;
  // The parameters that HTTP headers repeat, of one request; may be empty.
  std::function<std::vector<MirroredParam>(const boost::json::object& params)> mirrored = {};
};

class Server;
// Of what has such a list and nothing else to say of itself, as JSON.
std::string list_capability(const Server& server, List list);

inline constexpr std::chrono::minutes kListsLife{5};  // how long lists may be cached

// What a message is known to need before it is worked on, so that a front can refuse it as its
// transport does.
struct Need {
  Tier tier = Tier::read;
  std::string_view connection;  // In the message.
};

// The member of `params` that the HTTP header Mcp-Name repeats; empty: none.
std::string_view named_param(std::string_view method);

// Thread-safe once set up. Fronts must have drained their calls before it is destroyed.
class Server {
 public:
  static constexpr int kRoundsMax = 8;  // rounds of questions in one legacy call
  static constexpr std::chrono::seconds kChoresEvery{60};
  static constexpr size_t kLightBytesMax = 16u << 10;  // of a message that is worked on in a Loop

  explicit Server(ServerSettings settings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Setting up, before the first message.
  void add(Method method);
  using Capability = std::function<std::string(const Context&)>;  // JSON, for that caller.
  void add_capability(std::string_view name, Capability capability);
  void add_capability(std::string_view name, std::string json);
  // From its return on changes of that resource are announced, or it says why not. May block.
  using Watch = std::function<tl::expected<void, Failure>(const Context&, std::string_view uri)>;
  void set_watch(Watch watch) { watch_ = std::move(watch); }
  // Ends with the server, before what it may announce to; calls that run use it to their end.
  void keep(std::shared_ptr<void> companion) { companions_.push_back(std::move(companion)); }
  // Writes what a list shows to whom, as one JSON value, so that look_again() can compare. Without
  // one the list never changes but by announce_list().
  using Shown = std::function<void(const Context&, JsonWriter&)>;
  void set_shown(List list, Shown shown) { shown_.insert_or_assign(list, std::move(shown)); }
  // Made anew for each client that asks: what it may see depends on who it is.
  using Instructions = std::function<std::string(const Context&)>;
  void set_instructions(Instructions instructions) { instructions_ = std::move(instructions); }
  using Needs = std::function<std::optional<Need>(const Message&)>;
  void set_needs(Needs needs) { needs_ = std::move(needs); }
  // Work that is soon done, at every tick; and work that may block, once in kChoresEvery.
  void set_housekeeping(std::function<void()> work) { housekeeping_ = std::move(work); }
  void set_chores(std::function<void()> work) { chores_ = std::move(work); }

  // Takes what one line or one body held: modern requests by their envelope, legacy ones as part of
  // the client's conversation. Every outlet is finished exactly once, perhaps before this returns.
  void receive(Incoming incoming, const std::shared_ptr<Client>& client,
               const std::shared_ptr<Outlet>& outlet);
  // One request, whose envelope the front has read. `client` is nullptr where none is remembered.
  // Answers the call, which the front may cancel; nullptr when it was answered already.
  std::shared_ptr<Call> dispatch(Message message, Envelope envelope, const Caller& caller,
                                 const std::shared_ptr<Client>& client,
                                 const std::shared_ptr<Outlet>& outlet);

  std::vector<MirroredParam> mirrored_params(const Message& message) const;

  // The work of a call: entered again, with a call of its own, whenever what it asked was answered.
  // REQUIRES for both: call.can_be_task(), settings().tasks. `reads`: it changes nothing.
  using Work = std::function<Outcome(Call&, JsonWriter&)>;
  // Answers the call with a task.
  Outcome start_task(Call& call, Work work, bool reads, JsonWriter& result);
  // The same for a client of 2025-11-25. REQUIRES: asks_for_task().
  Outcome start_legacy_task(Call& call, Work work, bool reads, JsonWriter& result);
  // Works, and answers the call with what came of it; with a task where that takes longer than
  // settings().task_grace. It asks its questions before there is a task.
  Outcome work_or_task(Call& call, Work work, bool reads);

  // From any thread. REQUIRES: settings().changing has it, or settings().subscribing.
  void announce_list(List list) { subscriptions_.announce_list(list); }
  void announce_resource(std::string_view uri);
  // Of all that are subscribed to, those that it says changed, to those who may know.
  using Changed = Subscriptions::Changed;
  void announce_resources(const Changed& changed) { subscriptions_.announce_resources(changed); }
  // What somebody is subscribed to.
  std::set<Subscriptions::Subscribed> subscribed() const { return subscriptions_.subscribed(); }
  tl::expected<void, Failure> watch(const Context& context, std::string_view uri) const;
  // Whether this principal may subscribe to so many more.
  bool has_room(const std::string& principal, size_t more) const {
    return subscriptions_.has_room(principal, more);
  }
  // What lists show may have changed: tells whom it did for.
  void look_again() { subscriptions_.look_again(); }
  // The caller of an open subscriptions/listen, or of a legacy session, was granted something else.
  void renew(const Call& call, const Caller& caller) { subscriptions_.renew(call, caller); }
  void renew(Client& client, const Caller& caller) { subscriptions_.renew(client, caller); }
  // Answers an open subscriptions/listen; or every one: the server is about to end.
  void end_subscription(const std::shared_ptr<Call>& call) const;
  void end_subscriptions();

  // Whether it asks for a subscription that stays open; and how many of those there are.
  bool asks_to_listen(const Message& message) const;
  size_t open_subscriptions() const { return subscriptions_.open(); }

  // nullopt: nothing is known of it.
  std::optional<Need> need(const Message& message) const;

  // Housekeeping: to be called every settings().tick by the front.
  void tick();
  const ServerSettings& settings() const { return settings_; }

 private:
  void add_lifecycle();
  void add_listening();
  void add_tasks();
  void add_legacy_tasks();
  std::shared_ptr<Task> make_task(const Call& call, bool reads, std::shared_ptr<Call> waiting);
  tl::expected<void, Failure> begin_task(const std::shared_ptr<Task>& task,
                                         const std::shared_ptr<Call>& own);
  void task_changed(const TaskView& task);
  TaskReach legacy_reach(const std::weak_ptr<Client>& client);
  tl::expected<TaskView, Failure> find_task(std::string_view id, const Call& call);
  void answer_task(const Tasks::Entry& entry, const boost::json::object& answers);
  Outcome get_legacy_task(std::string_view id, const Call& call, JsonWriter& result);
  Outcome cancel_legacy_task(std::string_view id, const Call& call, JsonWriter& result);
  Outcome list_legacy_tasks(const Call& call, JsonWriter& result);
  Outcome result_of_task(std::string_view id, Call& call, JsonWriter& result);
  void wait_for_task(const std::string& id, const std::shared_ptr<Call>& call);
  void wake_if_changed(const std::string& id, const Call& call, TaskView::Time seen);
  void wake(const std::string& id, TaskView::Time change);
  std::vector<std::shared_ptr<Call>> take_waiting(const std::string& id, TaskView::Time change);
  void look_after_waiting();
  void look_at_tasks_elsewhere();
  std::shared_ptr<Call> make_work(const Call& call, Work work, const std::shared_ptr<Task>& task);
  tl::expected<TaskView, Failure> find_kept(std::string_view id, const Call& call);
  Outcome get_task(std::string_view id, const Call& call, JsonWriter& result);
  Outcome update_task(std::string_view id, const Call& call, JsonWriter& result);
  Outcome cancel_task(std::string_view id, const Call& call, JsonWriter& result);
  void answer_with_task(const std::shared_ptr<Task>& task) const;
  void look_after_tasks();
  void show_life();
  void do_chores();
  void park_task(const std::shared_ptr<Call>& call, Questions questions) const;
  Outcome listen(Call& call);
  tl::expected<Subscriptions::Interests, Failure> read_interests(const Call& call) const;
  void watch_and_add(const std::shared_ptr<Call>& call, Subscriptions::Interests interests);
  size_t look(List list, const Caller& caller) const;
  Outcome initialize(Call& call, JsonWriter& result);
  Outcome discover(Call& call, JsonWriter& result) const;
  void write_instructions(const Call& call, JsonWriter& result) const;
  void write_server_info(JsonWriter& out, bool with_title) const;
  void write_capabilities(const Call& call, JsonWriter& out, bool with_extensions) const;

  void receive_one(Slot slot, const std::shared_ptr<Client>& client,
                   const std::shared_ptr<Outlet>& outlet);
  void receive_notification(const Message& message, Client& client) const;
  void receive_answer(const Message& message, Client& client);
  Loop* loop_for(const Method& method, const Message& message, const Envelope& envelope) const;
  size_t tasks_max() const;
  void submit(const std::shared_ptr<Call>& call, Loop* loop = nullptr);
  void run(const std::shared_ptr<Call>& call);
  Outcome run_method(Call& call, JsonWriter& result) const;
  static std::optional<Failure> refuse_questions(const Call& call, const Questions& questions);
  tl::expected<void, Failure> take_answers(Call& call) const;
  void write_questions(const Call& call, const Questions& questions, JsonWriter& result) const;
  void write_modern(const Call& call, std::string_view type, JsonWriter& result) const;
  void park(const std::shared_ptr<Call>& call, Questions questions);
  void give_up_waiting(const std::shared_ptr<Call>& call);
  void finish(const std::shared_ptr<Call>& call, Reply reply) const;
  void end_stay(const std::shared_ptr<Call>& call,
                const std::optional<Failure>& failure = std::nullopt) const;
  void fail_call(const std::shared_ptr<Call>& call, const Failure& failure) const;

  const ServerSettings settings_;
  const Seal seal_;
  std::map<std::string_view, Method> methods_;
  std::map<std::string, Capability, std::less<>> capabilities_;
  Watch watch_;
  Instructions instructions_;
  Needs needs_;
  std::function<void()> housekeeping_;
  std::mutex hopeful_mutex_;
  std::vector<std::weak_ptr<Call>> hopeful_;  // Whose clients asked for progress.
  std::mutex parked_mutex_;
  std::vector<std::shared_ptr<Call>> parked_;
  std::map<List, Shown> shown_;
  std::mutex waiting_mutex_;
  std::multimap<std::string, std::shared_ptr<Call>> waiting_;  // tasks/result, by the task.
  Subscriptions subscriptions_{
      [this](List list, const Caller& caller) { return look(list, caller); },
      settings_.listeners_max};
  std::function<void()> chores_;
  Deadline chores_due_ = Deadline::after(kChoresEvery);  // Of the thread that does them.
  std::atomic<bool> at_chores_ = false;
  TaskKeeper keeper_;
  Tasks tasks_;
  std::vector<std::shared_ptr<void>> companions_;
  // Last: their threads use all of the above. Chores have one of their own: they must be done while
  // calls take all others.
  Executor executor_;
  Executor task_executor_;  // Work that is a task from its start; it may wake calls.
  Executor chores_executor_{1, 1};
};

}  // namespace dbops::mcp
