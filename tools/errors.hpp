// The ways a run of the program can end badly, apart from what the library throws.
#pragma once

#include <stdexcept>
#include <string>

namespace tailfit::tools {

// A bad flag, a bad value or malformed input: exit status 2, like the library's own
// std::invalid_argument.
class BadInput : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

// The machine did not do what was asked (reading, writing, renaming): exit status 1.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;

  // "cannot read prices.csv: No such file or directory"
  static Failure from_errno(const std::string& what, int error_number);

  // Another program writes to the input: what an earlier pass over it found no longer holds.
  static Failure input_changed(const std::string& name);
};

// The reader of our standard output went away: exit status 1, and nothing is said.
class BrokenPipe : public Failure {
 public:
  BrokenPipe() : Failure("the reader of standard output has closed it") {}
};

}  // namespace tailfit::tools
