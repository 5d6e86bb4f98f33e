#include "tools/manifest.hpp"

#include <gtest/gtest.h>
#include <tailfit/tailfit.h>
#include <tailfit/status.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tailfit::tools {
namespace {

RunFacts some_facts() {
  RunFacts facts{{123, "abc"}, "cpu", 2, {}};
  facts.statuses.add(std::vector<std::uint32_t>{status::ok, status::no_spread});
  return facts;
}

TEST(Manifest, SaysWhatTheTableWasMadeFromAndHow) {
  FitArguments arguments;
  arguments.input.path = "x.csv";
  arguments.window = WindowArguments{1000, 21};
  arguments.upper = {.kind = TailRule::given, .value = 0.1};
  arguments.quantiles = {{"0.010", 0.01}};
  const auto json = nlohmann::json::parse(manifest_text(arguments, some_facts()));
  EXPECT_EQ(json["program"], "tailfit");
  EXPECT_EQ(json["version"], tailfit_version());
  EXPECT_EQ(json["input"]["path"], "x.csv");
  EXPECT_EQ(json["input"]["sha256"], "abc");
  EXPECT_EQ(json["input"]["bytes"], 123);
  EXPECT_EQ(json["backend"], "cpu");
  EXPECT_EQ(json["series"], 2);
  EXPECT_EQ(json["fits"], 2);
  EXPECT_EQ(json["status"]["ok"], 1);
  EXPECT_EQ(json["status"]["no_spread"], 1);
  const auto& options = json["options"];
  EXPECT_EQ(options["layout"], "wide");
  EXPECT_TRUE(options["index"].is_null());
  EXPECT_TRUE(options["series_column"].is_null());
  EXPECT_EQ(options["transform"], "none");
  EXPECT_EQ(options["window"], 1000);
  EXPECT_EQ(options["step"], 21);
  EXPECT_EQ(options["lower_tail"], 0.05);
  EXPECT_TRUE(options["lower_threshold"].is_null());
  EXPECT_TRUE(options["upper_tail"].is_null());
  EXPECT_EQ(options["upper_threshold"], 0.1);
  EXPECT_EQ(options["lower_rule"], "tail_mass");
  EXPECT_EQ(options["upper_rule"], "given");
  for (const char* name : {"lower_count", "upper_count", "histogram_range", "thresholds"}) {
    EXPECT_TRUE(options.contains(name) && options[name].is_null()) << name;
  }
  EXPECT_EQ(options["bins"], 100);
  EXPECT_EQ(options["min_exceedances"], 10);
  EXPECT_EQ(options["resolution"], 0.0);
  EXPECT_EQ(options["quantiles"], nlohmann::json::array({"0.010"}));
  EXPECT_EQ(options["expected_shortfall"], nlohmann::json::array());
}

TEST(Manifest, HasTheRuleOfEachTail) {
  FitArguments arguments;
  arguments.lower = {.kind = TailRule::count, .count = 50};
  arguments.upper = {.kind = TailRule::histogram_range, .value = 0.01, .range = {-1.0, 0.5}};
  auto options = nlohmann::json::parse(manifest_text(arguments, some_facts()))["options"];
  EXPECT_EQ(options["lower_rule"], "count");
  EXPECT_EQ(options["lower_count"], 50);
  EXPECT_TRUE(options["lower_tail"].is_null());
  EXPECT_EQ(options["upper_rule"], "histogram_range");
  EXPECT_EQ(options["upper_tail"], 0.01);
  EXPECT_EQ(options["histogram_range"], nlohmann::json::array({-1.0, 0.5}));
  arguments.lower = {};
  arguments.thresholds = "u.csv";
  RunFacts facts = some_facts();
  facts.thresholds = ThresholdFacts{{45, "def"}, true, false};
  options = nlohmann::json::parse(manifest_text(arguments, facts))["options"];
  EXPECT_EQ(options["lower_rule"], "per_series");
  EXPECT_TRUE(options["lower_tail"].is_null());
  EXPECT_EQ(options["upper_rule"], "histogram_range");
  EXPECT_EQ(options["thresholds"]["path"], "u.csv");
  EXPECT_EQ(options["thresholds"]["sha256"], "def");
  EXPECT_EQ(options["thresholds"]["bytes"], 45);
}

TEST(Manifest, DoesNotDependOnThreadsOrMemory) {
  FitArguments arguments;
  const std::string text = manifest_text(arguments, some_facts());
  arguments.context.threads = 7;
  arguments.context.memory_budget = 1 << 20;
  EXPECT_EQ(manifest_text(arguments, some_facts()), text);
}

TEST(Manifest, IsJsonWhateverTheNames) {
  FitArguments arguments;
  arguments.input.path = "\xFF.csv";
  arguments.input.index = "a\"b\n";
  const auto json = nlohmann::json::parse(manifest_text(arguments, some_facts()));
  EXPECT_EQ(json["options"]["index"], "a\"b\n");
}

}  // namespace
}  // namespace tailfit::tools
