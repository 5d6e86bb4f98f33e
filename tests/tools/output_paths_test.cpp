#include "tools/output_paths.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "support.hpp"

namespace tailfit::tools {
namespace {

using test::message_of;
using test::TemporaryDirectory;

FitArguments arguments_of(const std::string& input, const std::string& output,
                          const std::optional<std::string>& bins = std::nullopt) {
  FitArguments arguments;
  arguments.input.path = input;
  arguments.output = output;
  arguments.bins_output = bins;
  return arguments;
}

TEST(OutputPaths, PutsAManifestBesideAFile) {
  EXPECT_EQ(output_paths(arguments_of("x.csv", "dir/y.csv.gz")).manifest, "dir/y.csv.gz.json");
}

TEST(OutputPaths, HasNoManifestBesideAStream) {
  EXPECT_FALSE(output_paths(arguments_of("x.csv", "-")).manifest.has_value());
  EXPECT_FALSE(output_paths(arguments_of("x.csv", "/dev/null")).manifest.has_value());
}

TEST(OutputPaths, RefusesTheInputAsAnOutput) {
  EXPECT_EQ(message_of([] { output_paths(arguments_of("x.csv", "./x.csv")); }),
            "the input and --output are both './x.csv', expected different files");
  EXPECT_EQ(message_of([] { output_paths(arguments_of("x.csv", "y.csv", "a/../x.csv")); }),
            "the input and --bins-out are both 'a/../x.csv', expected different files");
}

TEST(OutputPaths, RefusesALinkToTheInput) {
  const TemporaryDirectory directory;
  directory.write("x.csv", "A\n1\n");
  std::filesystem::create_hard_link(directory.path() / "x.csv", directory.path() / "y.csv");
  EXPECT_THROW(output_paths(arguments_of(directory.file("x.csv"), directory.file("y.csv"))),
               BadInput);
}

TEST(OutputPaths, RefusesTwoOutputsInOneFile) {
  EXPECT_EQ(message_of([] { output_paths(arguments_of("x.csv", "y.csv", "y.csv")); }),
            "--output and --bins-out are both 'y.csv', expected different files");
  EXPECT_EQ(message_of([] { output_paths(arguments_of("x.csv", "y.csv", "y.csv.json")); }),
            "--bins-out and the .json beside --output are both 'y.csv.json', expected different "
            "files");
  EXPECT_EQ(message_of([] { output_paths(arguments_of("x.csv", "-", "-")); }),
            "--output and --bins-out are both '-', expected different files");
}

TEST(OutputPaths, AllowsADeviceTwice) {
  EXPECT_NO_THROW(output_paths(arguments_of("x.csv", "/dev/null", "/dev/null")));
}

}  // namespace
}  // namespace tailfit::tools
