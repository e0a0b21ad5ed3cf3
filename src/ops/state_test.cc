// The state in memory and in an SQLite file.
#include <gmock/gmock-matchers.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/bytes.h"
#include "connectors/sqlite/connector.h"
#include "ops/state_cases.h"
#include "ops/state_sql.h"

namespace dbops::ops {
namespace {

namespace fs = std::filesystem;

// A folder that goes with the test program.
const fs::path& folder() {
  static const struct Folder {
    fs::path path = fs::temp_directory_path() / ("dbops-state-" + random_name());
    ~Folder() { fs::remove_all(path); }
  } kFolder;
  return kFolder.path;
}

Result<std::unique_ptr<State>> open_file(const std::string& path) {
  const Connector* const connectors[] = {&sqlite::connector()};
  DBOPS_ASSIGN(ConnectionOptions options, prepare_state_file(path));
  return open_sql_state(std::move(options), connectors);
}

std::unique_ptr<State> open_shared() {
  auto state = open_file(folder() / "deep" / "state.db");
  EXPECT_TRUE(state) << state.error().message;
  return state ? std::move(*state) : nullptr;
}

INSTANTIATE_TEST_SUITE_P(Kept, StateCases,
                         ::testing::Values(StateKeeper{
                                               "memory", [] { return make_memory_state(); },
                                               []() -> std::unique_ptr<State> { return nullptr; }},
                                           StateKeeper{"sqlite", open_shared, open_shared}),
                         [](const auto& of) { return of.param.name; });

mode_t mode_of(const fs::path& path) {
  struct stat found {};
  EXPECT_EQ(stat(path.c_str(), &found), 0);
  return found.st_mode & 0777;
}

TEST(StateFile, IsForItsOwnerAlone) {
  ASSERT_NE(open_shared(), nullptr);
  EXPECT_EQ(mode_of(folder() / "deep" / "state.db"), 0600u);
  EXPECT_EQ(mode_of(folder() / "deep"), 0700u);
}

TEST(StateFile, OutlivesItsProcess) {
  const std::string id = random_name();
  const StateRecord record{.id = id, .owner = "ada", .expires_ms = State::kForever, .body = "kept"};
  ASSERT_TRUE(open_shared()->add(StateKind::task, record).value());
  EXPECT_EQ(open_shared()->find(StateKind::task, id).value()->body, "kept");
}

TEST(StateFile, WhatCantBeUsedIsSaid) {
  const auto denied = open_file("/proc/nowhere/state.db");
  ASSERT_FALSE(denied);
  EXPECT_THAT(denied.error().message, ::testing::HasSubstr("/proc/nowhere"));
  fs::create_directories(folder());
  const fs::path other = folder() / "other.db";
  std::ofstream(other) << std::string(4096, 'x');
  const auto corrupt = open_file(other);
  ASSERT_FALSE(corrupt);
  EXPECT_EQ(corrupt.error().code, Code::corrupt);
}

TEST(MemoryState, IsBounded) {
  const auto state = make_memory_state(1000);
  const auto record = [](std::string id, int64_t expires_ms) {
    return StateRecord{.id = std::move(id),
                       .owner = "ada",
                       .expires_ms = expires_ms,
                       .body = std::string(600, 'x')};
  };
  EXPECT_TRUE(state->add(StateKind::page, record("a", state_now_ms())).value());
  EXPECT_TRUE(state->add(StateKind::page, record("b", State::kForever)).value())
      << "what has expired makes room";
  const auto full = state->add(StateKind::page, record("c", State::kForever));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::exhausted);
}

}  // namespace
}  // namespace dbops::ops
