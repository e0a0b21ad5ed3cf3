// What every state must do, whatever keeps it. Instantiated by state_test.cc and state_pgtest.cc.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "ops/state.h"

namespace dbops::ops {

// Opens a state; called twice it opens the same one twice, as two replicas do, or answers nullptr.
using OpenState = std::function<std::unique_ptr<State>()>;
struct StateKeeper {
  std::string name;
  OpenState open;
  OpenState open_again;
};

class StateCases : public ::testing::TestWithParam<StateKeeper> {
 protected:
  void SetUp() override {
    state_ = GetParam().open();
    ASSERT_NE(state_, nullptr);
    other_ = GetParam().open_again();
  }
  // Where nothing is shared, the state itself.
  State& other() { return other_ ? *other_ : *state_; }
  static StateRecord record(std::string id, std::string owner = "ada", std::string body = "body");

  std::unique_ptr<State> state_;
  std::unique_ptr<State> other_;
};

}  // namespace dbops::ops
