#include "base/awake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace dbops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int32_t kAwake = 0;
constexpr int32_t kDefault = 2'000'000'000;

// A plain file stands for the device: it keeps all that was written.
class AwakeTest : public testing::Test {
 protected:
  AwakeTest() : file_(testing::TempDir() + "cpu_latency_" + std::to_string(getpid())) {
    std::ofstream(file_).close();
  }
  ~AwakeTest() override { std::remove(file_.c_str()); }

  std::vector<int32_t> asked() const {
    std::ifstream file(file_, std::ios::binary);
    std::vector<int32_t> asked;
    int32_t each = 0;
    while (file.read(reinterpret_cast<char*>(&each), sizeof each)) asked.push_back(each);
    return asked;
  }

  const std::string file_;
};

TEST_F(AwakeTest, NoneHaltsUntilAllHaveLetGo) {
  const auto awake = Awake::open(file_.c_str());
  ASSERT_TRUE(awake);
  EXPECT_THAT(asked(), IsEmpty());
  (*awake)->hold();
  (*awake)->hold();
  EXPECT_THAT(asked(), ElementsAre(kAwake));
  (*awake)->release();
  EXPECT_THAT(asked(), ElementsAre(kAwake));
  (*awake)->release();
  EXPECT_THAT(asked(), ElementsAre(kAwake, kDefault));
  (*awake)->hold();
  EXPECT_THAT(asked(), ElementsAre(kAwake, kDefault, kAwake));
}

TEST_F(AwakeTest, SaysThatTheKernelRefused) {
  const auto awake = Awake::open("/dev/full");
  ASSERT_TRUE(awake);
  EXPECT_FALSE((*awake)->hold());
  EXPECT_FALSE((*awake)->hold());
}

TEST_F(AwakeTest, WithoutTheDeviceTheErrorNamesTheSetting) {
  const auto awake = Awake::open("/nonexistent/cpu_latency");
  ASSERT_FALSE(awake);
  EXPECT_EQ(awake.error().code, Code::io);
  EXPECT_THAT(awake.error().hint, HasSubstr("keep_cpus_awake"));
}

}  // namespace
}  // namespace dbops
