// What the machine may refuse: exit status 1, one line, no output under its final name.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "program_runner.hpp"
#include "test_data.hpp"

namespace tailfit::tools::test {
namespace {

class Failures : public testing::Test {
 protected:
  Failures() { directory_.write("x.csv", wide_csv(some_series(40, 100))); }

  Outcome fit(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{"fit", "x.csv", "--index", "d"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_program(directory_.path(), all);
  }

  // Only the input is there.
  void expect_nothing_left() const { EXPECT_EQ(directory_.n_files(), 1u); }

  TemporaryDirectory directory_;
};

void expect_failure(const Outcome& outcome, const std::string& message) {
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "tailfit: " + message + "\n");
}

TEST_F(Failures, NameAnInputThatIsNotThere) {
  expect_failure(run_program(directory_.path(), {"fit", "none.csv", "-o", "y.csv"}),
                 "cannot read none.csv: No such file or directory");
  expect_nothing_left();
}

TEST_F(Failures, NameAnInputThatIsADirectory) {
  std::filesystem::create_directory(directory_.path() / "d.csv");
  expect_failure(run_program(directory_.path(), {"fit", "d.csv"}),
                 "cannot read d.csv: Is a directory");
}

TEST_F(Failures, NameAnInputThatCannotBeRead) {
  // A file that even root may open but not read at its beginning.
  std::filesystem::create_symlink("/proc/self/mem", directory_.path() / "mem.csv");
  expect_failure(run_program(directory_.path(), {"fit", "mem.csv"}),
                 "cannot read mem.csv: Input/output error");
}

// A pipe for the bin counts holds the program after it has opened its input, before it reads it.
// The temporary file of the fits says that it has come that far.
Outcome fit_meanwhile(const TemporaryDirectory& directory, const std::string& arguments,
                      const std::string& change) {
  return run_shell(directory.path(),
                   "mkfifo b.csv; $TAILFIT fit in.csv -o y.csv --bins-out b.csv " + arguments +
                       " & until ls -A | grep -q '^[.]y[.]csv'; do sleep 0.01; done; " + change +
                       "; cat b.csv > bins; wait $!");
}

TEST_F(Failures, NameAnInputThatIsCutWhileItIsRead) {
  std::string text = "n,v\n";
  for (int i = 0; i < 60'000; ++i) text += 's' + std::to_string(i / 300) + ",0.123\n";
  const std::string end_of_a_line = text.substr(0, text.find("s100,"));
  for (const std::size_t left : {end_of_a_line.size(), end_of_a_line.size() + 3, 2ul}) {
    const TemporaryDirectory directory;
    directory.write("in.csv", text);
    expect_failure(fit_meanwhile(directory, "--layout long --series-column n --value-column v",
                                 "truncate -s " + std::to_string(left) + " in.csv"),
                   "in.csv: the file was changed while it was read, expected the same bytes in "
                   "every pass over it");
    EXPECT_FALSE(directory.has("y.csv"));
    EXPECT_EQ(directory.n_files(), 3u);  // the input, the pipe and what came through it
  }
}

// The values that are not there have no log-return, which is not what is wrong.
TEST_F(Failures, NameAnInputThatIsOverwrittenWhileItIsRead) {
  const TemporaryDirectory directory;
  directory.write("in.csv", "A,B\n1,2\n3,4\n5,6\n");
  expect_failure(fit_meanwhile(directory, "--transform log-return",
                               "sleep 0.05; printf 'A,B\\n0,2\\n3,4\\n5,6\\n' > in.csv"),
                 "in.csv: the file was changed while it was read, expected the same bytes in every "
                 "pass over it");
  EXPECT_FALSE(directory.has("y.csv"));
}

TEST_F(Failures, NameADirectoryThatIsNotThere) {
  expect_failure(fit({"-o", "none/y.csv"}), "cannot write none/y.csv: No such file or directory");
  expect_failure(fit({"-o", "y.csv", "--bins-out", "none/b.csv"}),
                 "cannot write none/b.csv: No such file or directory");
  expect_nothing_left();
}

TEST_F(Failures, NameADirectoryInPlaceOfAFile) {
  std::filesystem::create_directory(directory_.path() / "y.csv");
  expect_failure(fit({"-o", "y.csv"}), "cannot write y.csv: Is a directory");
}

TEST_F(Failures, NameAFileInPlaceOfADirectory) {
  expect_failure(fit({"-o", "x.csv/y.csv"}), "cannot write x.csv/y.csv: Not a directory");
  expect_nothing_left();
}

TEST_F(Failures, NameADirectoryThatCannotBeWritten) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  std::filesystem::create_directory(directory_.path() / "d");
  std::filesystem::permissions(directory_.path() / "d", std::filesystem::perms{0500});
  expect_failure(fit({"-o", "d/y.csv"}), "cannot write d/y.csv: Permission denied");
}

TEST_F(Failures, NameAFullDevice) {
  expect_failure(fit({"-o", "/dev/full"}), "cannot write /dev/full: No space left on device");
  expect_failure(fit({"-o", "y.csv", "--bins-out", "/dev/full"}),
                 "cannot write /dev/full: No space left on device");
  expect_nothing_left();
}

TEST_F(Failures, NameAFullStandardOutput) {
  const Call call{.arguments = {"fit", "x.csv", "--index", "d"},
                  .directory = directory_.path(),
                  .standard_output_path = "/dev/full"};
  expect_failure(RunningProgram(call).wait(),
                 "cannot write standard output: No space left on device");
}

TEST_F(Failures, NameAStandardOutputThatIsClosed) {
  expect_failure(run_shell(directory_.path(), "$TAILFIT fit x.csv --index d >&-"),
                 "cannot write standard output: Bad file descriptor");
}

TEST_F(Failures, NameAStandardInputThatIsClosed) {
  expect_failure(run_shell(directory_.path(), "$TAILFIT fit - <&-"),
                 "cannot read standard input: Bad file descriptor");
}

TEST_F(Failures, KeepTheOldFilesWhenTheDiskIsFull) {
  directory_.write("y.csv", "old");
  const Call call{.arguments = {"fit", "x.csv", "--index", "d", "-o", "y.csv"},
                  .directory = directory_.path(),
                  .file_size_limit = 1000};
  expect_failure(RunningProgram(call).wait(), "cannot write y.csv: File too large");
  EXPECT_EQ(directory_.read("y.csv"), "old");
  EXPECT_EQ(directory_.n_files(), 2u);
}

TEST_F(Failures, PublishNoFileIfOneOfThemFails) {
  // The bin counts are far longer than the fits.
  const Call call{.arguments = {"fit", "x.csv", "--index", "d", "-o", "y.csv", "--bins", "1000",
                                "--bins-out", "b.csv"},
                  .directory = directory_.path(),
                  .file_size_limit = 20'000};
  const Outcome outcome = RunningProgram(call).wait();
  expect_failure(outcome, "cannot write b.csv: File too large");
  expect_nothing_left();
}

TEST_F(Failures, SayNothingWhenTheReaderHasGoneAway) {
  const Outcome outcome = run_shell(
      directory_.path(),
      "{ $TAILFIT fit x.csv --index d --window 50 --bins-out b.csv; echo $? > status; } | true");
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(directory_.read("status"), "1\n");
  EXPECT_FALSE(directory_.has("b.csv"));
  EXPECT_EQ(directory_.n_files(), 2u);  // the input and the status
}

TEST_F(Failures, NameABudgetThatIsTooSmall) {
  const Outcome outcome = fit({"--memory-budget", "1"});
  EXPECT_EQ(outcome.status, 2);  // a bad call: another value would do
  EXPECT_TRUE(outcome.err.starts_with("tailfit: memory_budget is 1 bytes, expected at least "))
      << outcome.err;
}

TEST_F(Failures, NameADeviceThatIsNotCompiledIn) {
  const Outcome outcome = fit({"--device", "cuda"});
  if (outcome.status == 0) GTEST_SKIP() << "there is a GPU";
  EXPECT_EQ(outcome.status, 1);
  EXPECT_TRUE(outcome.err.starts_with("tailfit: ")) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

}  // namespace
}  // namespace tailfit::tools::test
