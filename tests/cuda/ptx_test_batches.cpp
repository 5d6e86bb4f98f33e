#include <cmath>
#include <cstddef>

#include "tests/cuda/ptx_batches.hpp"
#include "tests/host/series_samples.hpp"

namespace tailfit::tests {
namespace {

void add_rules_and_values(ParityCases& cases) {
  using tailfit::given;
  using tailfit::tail_mass;
  const FitOptions few{.lower = tail_mass(0.1), .bins = 50, .min_exceedances = 4};
  add_both(cases, "mixed 256", mixed_batch(81, 8, 256), 8, 256, few);
  add_both(cases, "mixed 300", mixed_batch(82, 8, 300), 8, 300, {});
  add_both(cases, "mixed 1000", mixed_batch(83, 6, 1000), 6, 1000, {});
  add_both(cases, "mixed 1024", mixed_batch(84, 4, 1024), 4, 1024,
           {.counts = tailfit::Counts::u16});
  add_both(cases, "mixed 2048", mixed_batch(85, 2, 2048), 2, 2048, {});
  add_both(cases, "short 3", mixed_batch(86, 16, 3), 16, 3, {.bins = 4, .min_exceedances = 1});
  add_both(cases, "given thresholds", mixed_batch(87, 8, 300), 8, 300,
           {.lower = given(-1.0), .upper = given(0.5), .bins = 20});
  add_both(cases, "crossed thresholds", mixed_batch(87, 3, 64), 3, 64,
           {.lower = given(1.0), .upper = given(0.5), .bins = 20});
  add_both(cases, "no lower tail, higher boundaries", mixed_batch(88, 8, 256), 8, 256,
           {.lower = tail_mass(0.0),
            .upper = tail_mass(0.2),
            .bins = 700,
            .min_exceedances = 1,
            .counts = tailfit::Counts::none,
            .take_higher_boundary = true});
  add_both(cases, "tails of 300 by warps", mixed_batch(89, 3, 1000), 3, 1000,
           {.lower = tail_mass(0.3), .upper = tail_mass(0.3)});
  // One of them too short for that, by one.
  add_both_rows(cases, "tails of 8,193 and 8,192", heavy_batch<float>(96, 1, 16'400), 1, 16'400,
                {.lower = tailfit::count(8193), .upper = tailfit::count(8192)});
  std::vector<double> rounded = mixed_batch(90, 4, 256);
  for (double& x : rounded) x = std::round(4.0 * x) / 4.0;
  add_both(cases, "rounded data", rounded, 4, 256, {.resolution = 0.25});
  // Nothing left, twice; thresholds and excesses that overflow; subnormal values.
  std::vector<double> extreme = heavy_batch(92, 5, 40);
  for (std::size_t i = 0; i < 40; ++i) {
    extreme[i] = std::nan("7");
    extreme[40 + i] = i % 2 == 0 ? INFINITY : -INFINITY;
    extreme[80 + i] = i < 20 ? -1.7e308 : 1.7e308;
    extreme[120 + i] *= 2e307;
    extreme[160 + i] *= 1e-310;
  }
  add_both(cases, "extreme values", extreme, 5, 40, {.min_exceedances = 1});
  // Solutions at great u, by a warp and by a lane.
  std::vector<double> immense = heavy_batch(93, 2, 1000);
  for (double& x : immense) x = std::copysign(std::exp(70.0 * std::abs(x)), x);
  add_both_rows(cases, "immense tails by warps", immense, 1, 1000,
                {.lower = tail_mass(0.3), .upper = tail_mass(0.0)});
  add_both_rows(cases, "immense tails", immense, 2, 1000, {});
  add_both(cases, "a block a series", mixed_batch(95, 2, 4200), 2, 4200, {.min_exceedances = 3});
  const std::vector<float> values = heavy_batch<float>(91, 4, 203);
  cases.add_case<float>("unaligned series", values, 1,
                        SeriesView<float>::rows(values.data() + 1, 3, 203), {});
  // Blocks with windows of two series, starts aligned to nothing.
  const std::vector<double> panel = mixed_batch(97, 2, 331);
  const std::vector<float> floats(panel.begin(), panel.end());
  cases.add_case<double>(
      "rolling, step 1, fp64", panel, 1,
      SeriesView<double>::rolling(SeriesView<double>::rows(panel.data() + 1, 2, 282, 331), 272, 1),
      {.bins = 10});
  cases.add_case<float>(
      "rolling, step 3, fp32", floats, 1,
      SeriesView<float>::rolling(SeriesView<float>::rows(floats.data() + 1, 2, 330, 331), 303, 3),
      {.bins = 10});
  const auto rows = SeriesView<float>::rows(values.data(), 2, 300, 406);
  cases.add_case<float>("windows", values, 0, SeriesView<float>::rolling(rows, 150, 75),
                        {.bins = 10});
}

// Series of different lengths, thresholds that each of them has for itself, the same series twice.
void add_layouts(ParityCases& cases) {
  const std::vector<double> values = mixed_batch(94, 4, 400);
  const std::vector<float> floats(values.begin(), values.end());
  // Empty ones, one of one value, the longest one, and starts that are aligned to nothing.
  const std::vector<std::int64_t> offsets = {3, 3, 4, 259, 600, 600, 1000, 1011};
  const std::vector<double> own = {-0.5, std::nan(""), -1.0, 0.25, INFINITY, -2.0, 0.0};
  const FitOptions thresholds{.lower = tailfit::per_series(own),
                              .upper = tailfit::given(0.5),
                              .bins = 20,
                              .min_exceedances = 3};
  cases.add_case<double>("ragged, fp64", values, 0,
                         SeriesView<double>::ragged(values.data(), offsets),
                         {.bins = 20, .min_exceedances = 3});
  cases.add_case<float>("ragged with thresholds of their own, fp32", floats, 0,
                        SeriesView<float>::ragged(floats.data(), offsets), thresholds);
  const std::vector<std::int64_t> mixed = {5, 305, 1405, 1405, 2105, 2145, 4745, 4746};
  const std::vector<double> longer = mixed_batch(95, 8, 600);
  const std::vector<float> longer_floats(longer.begin(), longer.end());
  cases.add_case<double>("ragged, of every class, fp64", longer, 0,
                         SeriesView<double>::ragged(longer.data(), mixed),
                         {.bins = 20, .min_exceedances = 3});
  cases.add_case<float>("ragged, of every class, with offsets that are checked, fp32",
                        longer_floats, 0, SeriesView<float>::ragged(longer_floats.data(), mixed),
                        {.bins = 20, .min_exceedances = 3}, {.offset_limit = 4800});
  const auto rows = SeriesView<double>::rows(values.data(), 2, 300, 400);
  const std::vector<double> of_series = {0.5, 1.0};
  cases.add_case<double>("windows with thresholds of their series", values, 0,
                         SeriesView<double>::rolling(rows, 200, 50),
                         {.upper = tailfit::per_series(of_series), .bins = 10});
  cases.add_case<float>("a series three times", floats, 0,
                        SeriesView<float>::rows(floats.data(), 3, 260, 0), {});
}

// Keys in global memory, by blocks that take turns.
void add_long(ParityCases& cases) {
  const HowToRun how{.regime = kernels::ExtractRegime::global_block, .blocks = 2, .threads = 64};
  add_both(cases, "global memory", mixed_batch(99, 5, 420), 5, 420, {.bins = 20}, how);
}

// By clusters of blocks, with thresholds by every rule: all of their barriers are reached.
void add_clusters(ParityCases& cases) {
  const auto clusters = [](int blocks, int threads) {
    return HowToRun{
        .regime = kernels::ExtractRegime::cluster, .blocks = blocks, .threads = threads};
  };
  add_both(cases, "a cluster of 2", mixed_batch(100, 5, 300), 5, 300,
           {.bins = 20, .counts = tailfit::Counts::u16}, clusters(2, 64));
  // More values tie at a threshold than selection compares with each other.
  std::vector<double> tied = mixed_batch(101, 4, 800);
  for (double& x : tied) x = std::round(x);
  add_both(cases, "a cluster of 4", tied, 4, 800, {}, clusters(4, 32));
  add_both(cases, "a cluster of 8", mixed_batch(102, 3, 500), 3, 500,
           {.lower = tailfit::histogram_range(-4.0, 4.0, 0.1),
            .upper = tailfit::histogram_range(-3.0, 3.0, 0.05),
            .bins = 20},
           clusters(8, 32));
  const std::vector<float> odd = heavy_batch<float>(103, 1, 601);
  cases.add_case<float>(
      "a cluster of 16, unaligned, fp32", odd, 1, SeriesView<float>::rows(odd.data() + 1, 1, 600),
      {.lower = tailfit::given(-1.0), .upper = tailfit::count(40), .bins = 20}, clusters(16, 32));
}

// Columns that end in the middle of a tile, and rows with room between them; offsets that lead
// anywhere, and too far, in two blocks.
void add_columns_and_bins(ParityCases& cases) {
  cases.add_transposition<float>("columns to rows, fp32", 70, 133, 136);
  cases.add_transposition<double>("columns to rows, fp64", 65, 128, 130);
  std::vector<std::int64_t> offsets{5};
  for (std::int64_t i = 1; i < 1300; ++i) {
    offsets.push_back(offsets.back() + i * i % 900 - (i % 7 == 0 ? 500 : 0));
  }
  offsets[40] = -3;
  offsets[90] = 1 << 30;
  // 132 fits are bad by their own offsets, 47 more because those before them have all values.
  cases.add_bins("bad offsets", offsets, 880, offsets.back() - 900);
  offsets = {0, 0, 40, 900, 900, 3000, 3001};
  cases.add_bins("good offsets", offsets, 2100, -1);
}

}  // namespace

void add_tests(ParityCases& cases) {
  add_rules_and_values(cases);
  add_layouts(cases);
  add_long(cases);
  add_clusters(cases);
  add_columns_and_bins(cases);
}

}  // namespace tailfit::tests
