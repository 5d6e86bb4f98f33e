#include "tools/help_text.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "tools/flag_table.hpp"

namespace tailfit::tools {
namespace {

TEST(HelpText, NamesEveryFlag) {
  const std::string help = fit_help();
  for (const Flag& flag : fit_flags()) {
    const std::string with_value = std::string(flag.name) + " " + std::string(flag.value);
    EXPECT_NE(help.find(with_value), std::string::npos) << flag.name;
  }
  for (const char* name : {"--verbose", "--help", "--version"}) {
    EXPECT_NE(help.find(name), std::string::npos) << name;
  }
}

TEST(HelpText, FitsInAHundredColumns) {
  for (const std::string& help : {program_help(), fit_help()}) {
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
  }
}

TEST(HelpText, HasExamples) { EXPECT_NE(fit_help().find("Examples:\n"), std::string::npos); }

}  // namespace
}  // namespace tailfit::tools
