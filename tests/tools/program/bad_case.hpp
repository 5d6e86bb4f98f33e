// A table of calls that must be refused, one row per case.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "program_runner.hpp"

namespace tailfit::tools::test {

struct BadCase {
  std::string name;  // of the test
  std::vector<std::string> arguments;
  std::string message;  // the whole line on standard error, after "tailfit: "
  std::vector<std::pair<std::string, std::string>> files{};  // names and bytes, made before
  int status = 2;
};

inline void PrintTo(const BadCase& bad, std::ostream* out) { *out << bad.name; }

// Runs the case in a directory of its own; besides the message, nothing may be left behind.
inline void expect_refusal(const BadCase& bad) {
  const TemporaryDirectory directory;
  for (const auto& [name, bytes] : bad.files) directory.write(name, bytes);
  const Outcome outcome = run_program(directory.path(), bad.arguments);
  EXPECT_EQ(outcome.status, bad.status);
  EXPECT_EQ(outcome.err, "tailfit: " + bad.message + "\n");
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(directory.n_files(), bad.files.size());
  for (const auto& [name, bytes] : bad.files) EXPECT_EQ(directory.read(name), bytes) << name;
}

inline std::string name_of(const testing::TestParamInfo<BadCase>& info) { return info.param.name; }

}  // namespace tailfit::tools::test
