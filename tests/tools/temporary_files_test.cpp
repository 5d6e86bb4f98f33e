#include "tools/temporary_files.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "support.hpp"

namespace tailfit::tools {
namespace {

using test::message_of;
using test::TemporaryDirectory;

// Runs `action` in a child process and returns how that ended, as waitpid() tells it.
template <class Action>
int in_a_child(const Action& action) {
  const pid_t child = fork();
  if (child == 0) {
    install_signal_handlers();
    action();
    _exit(0);
  }
  int how = 0;
  EXPECT_EQ(waitpid(child, &how, 0), child);
  return how;
}

TEST(TemporaryFile, IsRemovedAtTheEndOfItsScope) {
  const TemporaryDirectory directory;
  {
    const TemporaryFile file(directory.file("x"));
    directory.write("x", "");
  }
  EXPECT_FALSE(directory.has("x"));
}

TEST(TemporaryFile, StaysWhenKept) {
  const TemporaryDirectory directory;
  {
    TemporaryFile file(directory.file("x"));
    directory.write("x", "");
    file.keep();
  }
  EXPECT_TRUE(directory.has("x"));
}

TEST(TemporaryFile, IsRemovedBySignalsThatEndTheProgram) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const TemporaryDirectory directory;
    const int how = in_a_child([&] {
      const TemporaryFile file(directory.file("x"));
      directory.write("x", "");
      raise(number);
    });
    EXPECT_TRUE(WIFSIGNALED(how) && WTERMSIG(how) == number) << number;
    EXPECT_FALSE(directory.has("x"));
  }
}

TEST(TemporaryFile, LeavesIgnoredSignalsIgnored) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGHUP, SIG_IGN);
    install_signal_handlers();
    raise(SIGHUP);
    _exit(7);
  }
  int how = 0;
  waitpid(child, &how, 0);
  EXPECT_TRUE(WIFEXITED(how) && WEXITSTATUS(how) == 7);
}

TEST(TemporaryFile, RefusesAPathThatItCannotRegister) {
  EXPECT_TRUE(
      message_of<Failure>([] { TemporaryFile{std::string(5000, 'x')}; }).ends_with("is too long"));
}

TEST(SignalDelay, HoldsASignalBackUntilItsEnd) {
  const TemporaryDirectory directory;
  const int how = in_a_child([&] {
    const SignalDelay delay;
    raise(SIGTERM);
    directory.write("after", "");
  });
  EXPECT_TRUE(WIFSIGNALED(how) && WTERMSIG(how) == SIGTERM);
  EXPECT_TRUE(directory.has("after"));
}

}  // namespace
}  // namespace tailfit::tools
