// A run that is killed leaves no output under its final name.
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "program_runner.hpp"

namespace tailfit::tools::test {
namespace {

// A run that has opened its outputs and waits for its input.
class Killed : public testing::Test {
 protected:
  Killed() {
    directory_.write("y.csv", "old");
    EXPECT_TRUE(eventually([&] { return directory_.n_files() == 5; }));  // four temporary ones
  }

  TemporaryDirectory directory_;
  RunningProgram program_{
      {.arguments = {"fit", "-", "-o", "y.csv", "--bins-out", "b.csv", "--save", "f.npz"},
       .directory = directory_.path()}};
};

TEST_F(Killed, ByInterruptOrTerminationRemovesItsTemporaryFiles) {
  program_.send(SIGTERM);
  const Outcome outcome = program_.wait();
  EXPECT_EQ(outcome.signal, SIGTERM);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(directory_.read("y.csv"), "old");
  EXPECT_EQ(directory_.n_files(), 1u);
}

TEST_F(Killed, ByTheKeyboardDoesToo) {
  program_.send(SIGINT);
  EXPECT_EQ(program_.wait().signal, SIGINT);
  EXPECT_EQ(directory_.read("y.csv"), "old");
  EXPECT_EQ(directory_.n_files(), 1u);
}

TEST_F(Killed, WithoutWarningLeavesTheFinalNamesAlone) {
  program_.send(SIGKILL);
  EXPECT_EQ(program_.wait().signal, SIGKILL);
  EXPECT_EQ(directory_.read("y.csv"), "old");
  EXPECT_FALSE(directory_.has("b.csv"));
  EXPECT_FALSE(directory_.has("f.npz"));
  EXPECT_FALSE(directory_.has("y.csv.json"));
}

TEST_F(Killed, AfterNothingAtAllRefusesTheEmptyInput) {
  const Outcome outcome = program_.wait();
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err,
            "tailfit: standard input: the file is empty, expected a header line of column names\n");
  EXPECT_EQ(directory_.n_files(), 1u);
}

}  // namespace
}  // namespace tailfit::tools::test
