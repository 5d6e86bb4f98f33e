// On a terminal, and only there, a long run shows how far it is.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <string>

#include "program_runner.hpp"
#include "test_data.hpp"

namespace tailfit::tools::test {
namespace {

// A pseudo-terminal, and the program started on it.
class Terminal {
 public:
  explicit Terminal(const std::filesystem::path& directory, const std::string& command) {
    master_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0) return;
    const std::string name = ptsname(master_);
    child_ = fork();
    if (child_ != 0) return;
    dup2(open(name.c_str(), O_RDWR | O_NOCTTY), STDERR_FILENO);
    setenv("TAILFIT", TAILFIT_PROGRAM, 1);
    if (chdir(directory.c_str()) == 0) execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(99);
  }
  ~Terminal() {
    if (master_ >= 0) close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool is_there() const { return child_ > 0; }

  // Everything shown until the program ended.
  std::string shown() const {
    std::string all;
    std::array<char, 1000> buffer{};
    for (ssize_t n = 0; (n = read(master_, buffer.data(), buffer.size())) > 0;) {
      all.append(buffer.data(), static_cast<std::size_t>(n));
    }
    int how = 0;
    waitpid(child_, &how, 0);
    EXPECT_EQ(how, 0);
    return all;
  }

 private:
  int master_ = -1;
  pid_t child_ = -1;
};

TEST(TerminalOutput, ShowsProgressAndWipesItAway) {
  const TemporaryDirectory directory;
  directory.write("x.csv", wide_csv(some_series(20, 300)));
  // The input comes late, so that the run is a long one on any machine.
  const Terminal terminal(
      directory.path(),
      "{ sleep 0.7; cat x.csv; } | $TAILFIT fit - --index d --window 100 > /dev/null");
  if (!terminal.is_there()) GTEST_SKIP() << "no pseudo-terminal here";
  const std::string shown = terminal.shown();
  EXPECT_NE(shown.find(" of 4020 fits"), std::string::npos) << shown;
  EXPECT_TRUE(shown.ends_with("\r\x1b[K")) << shown;
}

}  // namespace
}  // namespace tailfit::tools::test
