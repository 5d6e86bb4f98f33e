// The files that a run leaves, and what it says.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "program_runner.hpp"
#include "test_data.hpp"
#include "tools/gzip_source.hpp"
#include "tools/sha256.hpp"

namespace tailfit::tools::test {
namespace {

class OutputFiles : public testing::Test {
 protected:
  OutputFiles() { directory_.write("x.csv", wide_csv(some_series(3, 300))); }

  Outcome fit(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{"fit", "x.csv", "--index", "d"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_program(directory_.path(), all);
  }

  TemporaryDirectory directory_;
};

TEST_F(OutputFiles, AreTheTableAndItsManifest) {
  const Outcome outcome = fit({"-o", "y.csv"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(directory_.n_files(), 3u);
  EXPECT_TRUE(directory_.has("y.csv"));
  EXPECT_TRUE(directory_.has("y.csv.json"));
}

TEST_F(OutputFiles, AreNoneWithStandardOutput) {
  const std::string out = fit({}).out;
  EXPECT_TRUE(out.starts_with("series,n,"));
  EXPECT_EQ(fit({"-o", "-"}).out, out);
  EXPECT_EQ(directory_.n_files(), 1u);
  fit({"-o", "y.csv"});
  EXPECT_EQ(directory_.read("y.csv"), out);
}

TEST_F(OutputFiles, HaveAManifestThatSaysHowTheyWereMade) {
  fit({"-o", "y.csv", "--bins", "50", "--device", "cpu"});
  const auto json = nlohmann::json::parse(directory_.read("y.csv.json"));
  Sha256 hash;
  hash.update(directory_.read("x.csv"));
  EXPECT_EQ(json["input"]["path"], "x.csv");
  EXPECT_EQ(json["input"]["sha256"], hash.hex_digest());
  EXPECT_EQ(json["input"]["bytes"], directory_.read("x.csv").size());
  EXPECT_EQ(json["options"]["bins"], 50);
  EXPECT_EQ(json["options"]["index"], "d");
  EXPECT_EQ(json["backend"], "cpu");
  EXPECT_EQ(json["fits"], 3);
  int counted = 0;
  for (const auto& [status, count] : json["status"].items()) counted += count.get<int>();
  EXPECT_EQ(counted, 3);
}

TEST_F(OutputFiles, HashTheInputAsItLiesInTheFile) {
  run_shell(directory_.path(), "gzip x.csv; $TAILFIT fit x.csv.gz --index d -o y.csv");
  const auto json = nlohmann::json::parse(directory_.read("y.csv.json"));
  Sha256 hash;
  hash.update(directory_.read("x.csv.gz"));
  EXPECT_EQ(json["input"]["sha256"], hash.hex_digest());
}

TEST_F(OutputFiles, AreTheSameBytesEveryTime) {
  fit({"-o", "y.csv.gz"});
  const std::string table = directory_.read("y.csv.gz");
  const std::string manifest = directory_.read("y.csv.gz.json");
  sleep(1);  // a time stamp would be another one now
  fit({"-o", "y.csv.gz"});
  EXPECT_TRUE(directory_.read("y.csv.gz") == table);
  EXPECT_EQ(directory_.read("y.csv.gz.json"), manifest);
}

TEST_F(OutputFiles, AreCompressedIfTheirNameSaysSo) {
  fit({"-o", "y.csv.gz", "--bins-out", "b.csv.gz"});
  const Outcome outcome =
      run_shell(directory_.path(), "gzip -dc y.csv.gz; gzip -dc b.csv.gz | wc -l");
  EXPECT_EQ(outcome.out, fit({}).out + "4\n");
}

TEST_F(OutputFiles, ReplaceOldOnes) {
  directory_.write("y.csv", "old");
  directory_.write("y.csv.json", "old");
  fit({"-o", "y.csv"});
  EXPECT_TRUE(directory_.read("y.csv").starts_with("series,"));
  EXPECT_TRUE(directory_.read("y.csv.json").starts_with("{"));
}

TEST_F(OutputFiles, CanBeADevice) {
  const Outcome outcome = fit({"-o", "/dev/null", "--bins-out", "/dev/null"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_FALSE(std::filesystem::exists("/dev/null.json"));
}

TEST_F(OutputFiles, CanHaveTheBinsOnStandardOutput) {
  const Outcome outcome = fit({"-o", "y.csv", "--bins-out", "-", "--bins", "2"});
  EXPECT_TRUE(outcome.out.starts_with("series,c1,c2\n0,"));
  EXPECT_TRUE(directory_.has("y.csv"));
}

TEST_F(OutputFiles, CanBeInAnotherDirectory) {
  std::filesystem::create_directory(directory_.path() / "d");
  EXPECT_EQ(fit({"-o", "d/y.csv"}).status, 0);
  EXPECT_TRUE(directory_.has("d/y.csv.json"));
}

TEST_F(OutputFiles, AreSummedUpInOneLineIfAsked) {
  const std::string line = fit({"-v", "-o", "y.csv"}).err;
  EXPECT_TRUE(line.starts_with("tailfit: 3 fits, ")) << line;
  EXPECT_NE(line.find(" fits/s; ok: 3\n"), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST_F(OutputFiles, HelpAndVersionGoToStandardOutput) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"fit", "--help"}, {"--version"}}) {
    const Outcome outcome = run_program(directory_.path(), arguments);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_NE(outcome.out, "");
    EXPECT_EQ(outcome.err, "");
  }
}

}  // namespace
}  // namespace tailfit::tools::test
