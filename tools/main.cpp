// The program tailfit.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

#include "tools/command_line.hpp"
#include "tools/errors.hpp"
#include "tools/fit_command.hpp"
#include "tools/message_text.hpp"
#include "tools/output_file.hpp"
#include "tools/quantile_command.hpp"
#include "tools/sample_command.hpp"
#include "tools/score_command.hpp"
#include "tools/temporary_files.hpp"

namespace {

using namespace tailfit::tools;

constexpr int all_written = 0;
constexpr int failure = 1;
constexpr int bad_call = 2;

// A caller may start us with a standard descriptor closed; the next file opened would then get its
// number, and be written by whoever means standard output. Opened the wrong way round, they give an
// error when used.
void reserve_standard_descriptors() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    if (open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) != descriptor) return;
  }
}

// One line on standard error; if that cannot be written there is nobody to tell.
void say(std::string_view message) {
  constexpr std::string_view prefix = "tailfit: ";
  if (message.starts_with(prefix)) message.remove_prefix(prefix.size());  // the library's own
  const std::string line = std::string(prefix) + printable(message) + '\n';
  [[maybe_unused]] const ssize_t n = write(STDERR_FILENO, line.data(), line.size());
}

int run(std::vector<std::string> arguments) {
  const Command command = parse_command_line(std::move(arguments));
  if (const Information* information = std::get_if<Information>(&command)) {
    OutputFile standard_output("-");
    standard_output.buffer() = information->text;
    standard_output.finish();
    return all_written;
  }
  if (const FitArguments* to_fit = std::get_if<FitArguments>(&command)) {
    const std::string summary = run_fit(*to_fit);
    if (to_fit->verbose) say(summary);
  } else if (const QuantileArguments* asked = std::get_if<QuantileArguments>(&command)) {
    run_quantile(*asked);
  } else if (const ScoreArguments* to_score = std::get_if<ScoreArguments>(&command)) {
    run_score(*to_score);
  } else {
    run_sample(std::get<SampleArguments>(command));
  }
  return all_written;
}

}  // namespace

int main(int argc, char** argv) {
  reserve_standard_descriptors();
  install_signal_handlers();
  try {
    return run({argv + (argc > 0 ? 1 : 0), argv + argc});
  } catch (const std::invalid_argument& error) {
    say(error.what());
    return bad_call;
  } catch (const BrokenPipe&) {
    return failure;
  } catch (const tailfit::OutOfMemory& error) {
    say(error.what());
    return failure;
  } catch (const std::bad_alloc&) {
    say("out of memory");
    return failure;
  } catch (const std::system_error& error) {
    // What a thread that cannot be started leaves; its own words do not say what was tried.
    const bool no_thread = error.code() == std::errc::resource_unavailable_try_again;
    say(no_thread ? "out of memory for another thread" : error.what());
    return failure;
  } catch (const std::exception& error) {
    say(error.what());
    return failure;
  }
}
