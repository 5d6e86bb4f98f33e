// Runs the built program as a shell would.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "../support.hpp"

namespace tailfit::tools::test {

struct Call {
  std::vector<std::string> arguments;
  std::filesystem::path directory;     // where it runs
  std::string standard_input_path{};   // if empty: a pipe that stays open
  std::string standard_output_path{};  // if empty: Outcome::out
  std::size_t file_size_limit = 0;     // bytes; 0: none
  std::string program{};               // if empty: tailfit
};

struct Outcome {
  int status = -1;  // exit status; -1 if a signal ended it
  int signal = 0;   // 0 if none did
  std::string out;  // empty if standard_output_path was given
  std::string err;
};

// A started program. With a pipe for its standard input it can be made to wait.
class RunningProgram {
 public:
  explicit RunningProgram(const Call& call);
  ~RunningProgram();  // kills it if it still runs
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  void send(int signal_number) const;
  Outcome wait();  // closes the pipe first

 private:
  void become_program(const Call& call) const;  // in the child; does not return

  TemporaryDirectory capture_;
  pid_t child_ = -1;
  int input_ = -1;
};

// Runs `tailfit` with these arguments to its end.
Outcome run_program(const std::filesystem::path& directory,
                    const std::vector<std::string>& arguments);

// The same with this text on standard input.
Outcome run_program(const std::filesystem::path& directory,
                    const std::vector<std::string>& arguments, const std::string& standard_input);

// Runs a shell's command line, in which $TAILFIT is the program.
Outcome run_shell(const std::filesystem::path& directory, const std::string& command);

// Waits until the condition holds, at most ten seconds; whether it held.
template <class Condition>
bool eventually(const Condition& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    usleep(10'000);
  }
  return false;
}

}  // namespace tailfit::tools::test
