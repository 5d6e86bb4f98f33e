#include "tools/help_text.hpp"

#include <gtest/gtest.h>

#include <span>
#include <sstream>
#include <string>
#include <utility>

#include "tools/flag_table.hpp"

namespace tailfit::tools {
namespace {

TEST(HelpText, NamesEveryFlag) {
  const std::pair<std::string, std::span<const Flag>> commands[] = {
      {fit_help(), fit_flags()},
      {quantile_help(), quantile_flags()},
      {score_help(), score_flags()},
      {sample_help(), sample_flags()}};
  for (const auto& [help, flags] : commands) {
    for (const Flag& flag : flags) {
      const std::string with_value = std::string(flag.name) + " " + std::string(flag.value);
      EXPECT_NE(help.find(with_value), std::string::npos) << flag.name;
    }
  }
  const std::string help = fit_help();
  for (const char* name : {"--verbose", "--help", "--version"}) {
    EXPECT_NE(help.find(name), std::string::npos) << name;
  }
}

TEST(HelpText, FitsInAHundredColumns) {
  for (const std::string& help :
       {program_help(), fit_help(), quantile_help(), score_help(), sample_help()}) {
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
  }
}

TEST(HelpText, HasExamples) {
  EXPECT_NE(fit_help().find("Examples:\n"), std::string::npos);
  EXPECT_NE(quantile_help().find("Example:\n"), std::string::npos);
}

}  // namespace
}  // namespace tailfit::tools
