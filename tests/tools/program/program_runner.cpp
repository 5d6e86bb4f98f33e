#include "program_runner.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace tailfit::tools::test {

RunningProgram::RunningProgram(const Call& call) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  child_ = fork();
  if (child_ < 0) throw std::runtime_error("cannot fork");
  if (child_ == 0) {
    const bool has_file = !call.standard_input_path.empty();
    dup2(has_file ? open(call.standard_input_path.c_str(), O_RDONLY) : ends[0], STDIN_FILENO);
    become_program(call);
  }
  close(ends[0]);
  input_ = ends[1];
}

void RunningProgram::become_program(const Call& call) const {
  const bool captures = call.standard_output_path.empty();
  const std::string out = captures ? capture_.file("out") : call.standard_output_path;
  dup2(open(out.c_str(), O_WRONLY | O_CREAT, 0666), STDOUT_FILENO);
  dup2(open(capture_.file("err").c_str(), O_WRONLY | O_CREAT, 0666), STDERR_FILENO);
  if (call.file_size_limit > 0) {
    const rlimit limit{call.file_size_limit, call.file_size_limit};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  setenv("TAILFIT", TAILFIT_PROGRAM, 1);
  std::string program = call.program.empty() ? TAILFIT_PROGRAM : call.program;
  std::vector<std::string> arguments = call.arguments;
  std::vector<char*> argv{program.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  if (chdir(call.directory.c_str()) == 0) execv(program.c_str(), argv.data());
  _exit(99);
}

RunningProgram::~RunningProgram() {
  if (child_ < 0) return;
  kill(child_, SIGKILL);
  wait();
}

void RunningProgram::send(int signal_number) const { kill(child_, signal_number); }

Outcome RunningProgram::wait() {
  close(std::exchange(input_, -1));
  int how = 0;
  waitpid(std::exchange(child_, -1), &how, 0);
  Outcome outcome;
  if (WIFEXITED(how)) outcome.status = WEXITSTATUS(how);
  if (WIFSIGNALED(how)) outcome.signal = WTERMSIG(how);
  outcome.out = capture_.read("out");
  outcome.err = capture_.read("err");
  return outcome;
}

Outcome run_program(const std::filesystem::path& directory,
                    const std::vector<std::string>& arguments) {
  return RunningProgram({.arguments = arguments, .directory = directory}).wait();
}

Outcome run_program(const std::filesystem::path& directory,
                    const std::vector<std::string>& arguments, const std::string& standard_input) {
  const TemporaryDirectory input;
  input.write("input", standard_input);
  return RunningProgram({.arguments = arguments,
                         .directory = directory,
                         .standard_input_path = input.file("input")})
      .wait();
}

Outcome run_shell(const std::filesystem::path& directory, const std::string& command) {
  return RunningProgram(
             {.arguments = {"-c", command}, .directory = directory, .program = "/bin/sh"})
      .wait();
}

}  // namespace tailfit::tools::test
