#pragma once

#include <memory>
#include <optional>
#include <string>

#include "connectors/mongodb/bson.h"
#include "connectors/mongodb/causal.h"
#include "connectors/mongodb/target.h"

namespace dbops::mongodb {

// What the server said of itself when the link was made.
struct ServerFacts {
  int64_t connection = 0;  // Its number for this link; 0 where it gives none.
  std::string set = {};    // The replica set's name.
  bool primary = false;    // Takes writes.
  bool router = false;     // mongos
  bool sessions = false;   // It has logical sessions.
  int64_t wire = 0;        // The newest version of the protocol that it speaks.
};

// A signed-in connection to one server, by libmongoc, which nothing else here sees. Takes one
// command at a time. Whatever goes wrong on the way ends it for good.
class Link {
 public:
  // Code::unknown_host, unreachable, authentication, tls, timeout, cancelled, invalid_config.
  static Result<std::unique_ptr<Link>> open(const Context& context, const Target& target);
  // What the driver says of the URL's options, without I/O. Code::invalid_config.
  static Result<void> check(const Target& target);
  static std::string library();         // "libmongoc 1.23.1"
  explicit Link(const Target& target);  // Not open yet: for open().
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // What goes with a command: of the URL a read's preference and concern, or a write's concern; and
  // the time that is left for the call, where the command has no maxTimeMS of its own.
  enum class Adds : uint8_t { nothing, for_read, for_write };
  struct With {
    Adds adds = Adds::nothing;
    bool time_limit = false;
    bool causal = false;  // It is to see what this program wrote or saw on other members.
  };
  // Runs a command and answers the server's reply. An error of the server is what server_error()
  // makes of it; what a write says of its items is in the reply. Where the link breaks, the command
  // may have arrived: whether that matters is known to the caller.
  Result<Bson> call(const Context& context, const std::string& database, const bson_t& command,
                    With with);
  Result<Bson> call(const Context& context, const std::string& database, const bson_t& command) {
    return call(context, database, command, With());
  }

  // Transactions, one at a time: what is called between begin() and its end is in it.
  // Whether the server keeps them. It is asked, once: some take their commands and settle each
  // write at once all the same.
  Result<bool> keeps_transactions(const Context& context);
  // REQUIRES: keeps_transactions(). The server hears of it by the first command.
  void begin();
  // The transaction is over, whatever this answers: Effect::unknown where the server may have
  // committed it.
  Result<void> commit(const Context& context);
  // Has the server forget the transaction, from another link where this one is broken; within a
  // second. Nothing where none is open.
  void abort() noexcept;
  bool in_transaction() const { return in_transaction_; }

  // For one whose member is no longer what it was chosen for.
  void give_up() noexcept {
    lost_role_ = true;
    close();
  }
  // Ends the link, so that the server stops what it does for it.
  void close() noexcept;
  bool broken() const { return !open_; }
  // The server has ended it. Does not wait.
  bool hung_up() const;
  const std::string& transport() const;
  const ServerFacts& facts() const { return facts_; }

 private:
  struct Driver;
  Result<void> sign_in(const Context& context);
  void join_causal(const bson_t& hello, const std::string& member);
  // The command as it waits for what it must see; nullopt where it goes as it is.
  std::optional<Bson> waiting(const bson_t& command, With with) const;
  void tell_time() noexcept;
  tl::unexpected<Error> broke(const Context& context, const bson_error_t& error);
  tl::unexpected<Error> no_member(const Context& context, const bson_error_t& error);
  void end_session_elsewhere(const Context& bounded) noexcept;

  std::unique_ptr<Driver> driver_;
  const Target target_;
  ServerFacts facts_;
  std::shared_ptr<Causal> causal_;  // nullptr: the server has no such times, or none is wanted.
  std::string member_;              // Its host and port.
  bool open_ = false;
  bool lost_role_ = false;  // Its member is none that it may stay with.
  std::optional<bool> keeps_transactions_;
  bool in_transaction_ = false;
  int64_t transaction_ = 0;  // Its number in the session.
  bool told_ = false;        // The server, of the transaction.
};

}  // namespace dbops::mongodb
